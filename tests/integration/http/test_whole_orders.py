"""An order that is shipped or cancelled as a whole is answered as it is then."""

from typing import Any

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import add_batch, allocate, post

DRY = "?dry_run=true"


def a_state(sku: str, **units: int) -> dict[str, Any]:
    """A line of the order, as it is answered."""
    return {"sku": sku, "line": "", "open": 0, "shipped": 0, "cancelled": 0, **units}


@pytest.fixture
def ordered(any_client: Client) -> Client:
    """The order o1 has a lamp line of which a part has been shipped, and a sofa line."""
    for sku in ("LAMP", "SOFA"):
        add_batch(any_client, f"stock of {sku}", sku=sku)
        allocate(any_client, sku=sku)
    body = {"orderid": "o1", "sku": "LAMP", "qty": 4, "ref": "stock of LAMP"}
    assert post(any_client, "/ship_order_line", body).status_code == 200
    return any_client


def lines_after(client: Client, path: str) -> list[dict[str, Any]]:
    """The lines in the answer, which is the one that a dry run has given before."""
    dry = post(client, f"{path}{DRY}", {"orderid": "o1"}).json()
    real = post(client, path, {"orderid": "o1"}, "k1")
    assert real.status_code == 200, real.text
    assert dry == real.json() | {"dry_run": True, "complete": True}
    lines: list[dict[str, Any]] = real.json()["lines"]
    assert dry["lines"] == lines
    assert post(client, path, {"orderid": "o1"}, "k1").json()["lines"] == lines
    return lines


def test_a_shipped_order_has_no_open_units(ordered: Client) -> None:
    assert lines_after(ordered, "/ship_order") == [
        a_state("LAMP", shipped=10),
        a_state("SOFA", shipped=10),
    ]


def test_a_cancelled_order_lists_what_has_shipped(ordered: Client) -> None:
    assert lines_after(ordered, "/cancel_order") == [
        a_state("LAMP", shipped=4, cancelled=6),
        a_state("SOFA", cancelled=10),
    ]
    again = post(ordered, "/cancel_order", {"orderid": "o1"}).json()["lines"]
    assert again == [a_state("LAMP", shipped=4, cancelled=6), a_state("SOFA", cancelled=10)]


def test_a_line_is_answered_with_its_cancelled_units(ordered: Client) -> None:
    answer = post(ordered, "/cancel_order_line", {"orderid": "o1", "sku": "LAMP"}).json()

    assert (answer["open"], answer["shipped"], answer["cancelled"]) == (0, 4, 6)
