"""A server that cannot go on ends, with an error, and leaves nobody without an answer."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import outrageous
from tests.support.clients import Request, allocations, answers_to
from tests.support.ledger import read_ledger
from tests.support.serving import Server, running, serving

A_BATCH = Request("/add_batch", {"ref": "b1", "sku": "LAMP", "qty": 100, "eta": None}, "b1")
OUTRAGE = Request("/allocate", {"orderid": "outrage", "sku": "LAMP", "qty": 1}, "outrage")


@contextmanager
def an_outrageous_server(url: str, name: str, cwd: Path) -> Iterator[Server]:
    """One of whose handlers raises this."""
    with running([sys.executable, str(outrageous.__file__), url, name], cwd) as server:
        assert server.address
        yield server


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt", "GeneratorExit"])
def test_a_handler_that_raises_what_is_no_exception_ends_the_server_with_an_error(
    sqlite_url: str, tmp_path: Path, name: str
) -> None:
    requests = allocations(20, "LAMP")
    with an_outrageous_server(sqlite_url, name, tmp_path) as server:
        answers_to(server.address, [A_BATCH])
        answers = answers_to(server.address, requests)
        refused = answers_to(server.address, [OUTRAGE])["outrage"]
        assert refused.status == 503
        assert server.ended() == 70

    critical = [line for line in server.said if '"level": "critical"' in line]
    assert len(critical) == 1
    assert "Traceback" in critical[0]
    assert not any(line.startswith("error:") for line in server.said)

    with serving(sqlite_url, tmp_path) as server:
        assert answers_to(server.address, requests) == answers
        assert answers_to(server.address, [OUTRAGE])["outrage"].status == 201
    assert len(read_ledger(sqlite_url).lines) == 21
