"""An order is shown by part, and a product with the states of its batches."""

from typing import Any

from tests.integration.http.conftest import Client
from tests.support.requests import add_batch, allocate, post

LINE = {"orderid": "o1", "sku": "LAMP"}


def parts(client: Client, *fields: str) -> list[tuple[Any, ...]]:
    """These fields of each part of the order."""
    answer = client.get("/allocations/o1")
    assert answer.status_code == 200, answer.text
    return [tuple(part[field] for field in fields) for part in answer.json()]


def the_batch(client: Client) -> dict[str, Any]:
    """The only batch, as it is shown."""
    [batch] = client.get("/products/LAMP").json()["batches"]
    shown: dict[str, Any] = batch
    return shown


def change(client: Client, path: str, **body: Any) -> None:
    answer = post(client, path, body)
    assert answer.status_code in (200, 201, 202), answer.text


def test_each_part_of_a_line_is_shown_with_its_status(any_client: Client) -> None:
    add_batch(any_client, "stock", 10)
    add_batch(any_client, "shipment", 5, eta="2030-01-01")
    change(any_client, "/allocate", **LINE, qty=20, split=True, required_by="2029-12-31")
    change(any_client, "/ship_order_line", **LINE, qty=4)

    shown = parts(any_client, "status", "qty", "batchref", "eta", "required_by")

    assert sorted(shown) == [
        ("allocated", 5, "shipment", "2030-01-01", "2029-12-31"),
        ("allocated", 6, "stock", None, "2029-12-31"),
        ("shipped", 4, "stock", None, "2029-12-31"),
        ("waiting", 5, None, None, "2029-12-31"),
    ]
    change(any_client, "/cancel_order", orderid="o1")
    closed = [("cancelled", 16, None), ("shipped", 4, "stock")]
    assert sorted(parts(any_client, "status", "qty", "batchref")) == closed


def test_the_lines_of_an_order_for_one_sku_are_shown_by_name(any_client: Client) -> None:
    add_batch(any_client, "stock", 10)
    for line in ("2", "1"):
        change(any_client, "/allocate", **LINE, qty=1, line=line)
    allocate(any_client)

    assert parts(any_client, "line", "qty", "status") == [
        ("", 10, "waiting"),
        ("1", 1, "allocated"),
        ("2", 1, "allocated"),
    ]


def test_the_first_promised_date_is_shown_beside_that_of_the_batch(any_client: Client) -> None:
    add_batch(any_client, "shipment", 10, eta="2030-01-01")
    allocate(any_client)
    change(any_client, "/change_batch_eta", ref="shipment", eta="2030-02-01")

    assert parts(any_client, "eta", "first_promised") == [("2030-02-01", "2030-01-01")]
    batch = the_batch(any_client)
    assert (batch["eta"], batch["announced_eta"]) == ("2030-02-01", "2030-01-01")


def test_only_waiting_parts_are_in_the_queue(any_client: Client) -> None:
    add_batch(any_client, "stock", 10)
    for orderid in ("o1", "o2", "o3"):
        allocate(any_client, orderid)
    change(any_client, "/cancel_order_line", orderid="o2", sku="LAMP")

    product = any_client.get("/products/LAMP").json()

    assert (product["waiting_lines"], product["waiting_quantity"]) == (1, 10)
    assert [line["orderid"] for line in product["waiting"]] == ["o3"]


def test_the_units_of_a_blocked_batch_are_shown(any_client: Client) -> None:
    add_batch(any_client, "stock", 10)
    allocate(any_client, qty=4)
    assert the_batch(any_client)["status"] == "available"

    change(any_client, "/block_batch", ref="stock")

    batch = the_batch(any_client)
    assert batch["status"] == "blocked"
    assert quantities(batch) == {"purchased": 10, "allocated": 0, "available": 0, "blocked": 10}
    change(any_client, "/unblock_batch", ref="stock")
    assert quantities(the_batch(any_client))["available"] == 6


def test_a_cancelled_batch_is_shown_without_units(any_client: Client) -> None:
    add_batch(any_client, "stock", 10)
    change(any_client, "/block_batch", ref="stock")
    change(any_client, "/cancel_batch", ref="stock")

    batch = the_batch(any_client)

    assert batch["status"] == "cancelled"
    assert set(quantities(batch).values()) == {0}


def quantities(batch: dict[str, Any]) -> dict[str, int]:
    """The quantities of a batch, by their names."""
    names = "purchased", "allocated", "available", "blocked"
    return {name: batch[f"{name}_quantity"] for name in names}
