"""The codes of the errors: programs rely on them, so they are written down, and never change."""

import re
from pathlib import Path
from typing import Final

import pytest

from allocation.entrypoints.http.error_responses import code_of, every_kind, status_of
from tests.integration.http.conftest import Client

TABLE: Final = Path(__file__).parents[3] / "docs" / "errors.md"
ROW: Final = re.compile(r"^\| `(\w+)` \| (\d{3}) \| .+ \|$", re.MULTILINE)


def test_every_error_that_a_caller_can_meet_is_in_the_table_with_its_status() -> None:
    written = ROW.findall(TABLE.read_text(encoding="utf-8"))
    kinds = {(code_of(kind), str(status_of(kind))) for kind in every_kind()}

    assert len(written) == len(set(written))
    assert set(written) == kinds
    assert [int(status) for _, status in written] == sorted(int(status) for _, status in written)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/no-such-page", 404, "not_found"),
        ("GET", "/docs/no-such-page", 404, "not_found"),
        ("GET", "/docs/no-such.json", 404, "not_found"),
        ("GET", "/docs/assets/no-such.js", 404, "not_found"),
        ("GET", "/products/NO-SUCH", 404, "unknown_sku"),
        ("GET", "/allocations/no-such", 404, "unknown_order"),
        ("GET", "/messages/no-such", 404, "not_found"),
        ("GET", "/dead-letters/no-such", 404, "unknown_dead_letter"),
        ("POST", "/dead-letters/no-such/replay", 404, "unknown_dead_letter"),
        ("PUT", "/health", 405, "method_not_allowed"),
        ("GET", "/allocate", 405, "method_not_allowed"),
        ("PUT", "/add_batch", 405, "method_not_allowed"),
        ("TRACE", "/docs", 405, "method_not_allowed"),
        ("BREW", "/allocate", 405, "method_not_allowed"),
        ("POST", "/allocate", 400, "malformed_body"),
    ],
)
def test_every_answer_that_is_no_success_has_one(
    client: Client, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["message"]
