"""An import tells which customers get what, before and after it, and first of all who loses."""

import json

from tests.integration.http.conftest import Client
from tests.support.board_imports import HTML, act, imported, settled, uploaded, words
from tests.support.requests import add_batch, allocate

MANY = 260
LATER = "1 order line gets a later date."


def allocate_many(client: Client, count: int) -> None:
    """Allocate a unit each to so many order lines."""
    lines = [
        {"type": "AllocationRequired", "orderid": f"o{number:03}", "sku": "LAMP", "qty": 1}
        for number in range(count)
    ]
    answer = client.post("/messages", content="\n".join(map(json.dumps, lines)))
    assert answer.status_code == 200, answer.text


def test_customers_whose_shipment_comes_later_are_named_before_and_after(
    any_client: Client,
) -> None:
    add_batch(any_client, "b1", qty=10, eta="2030-01-10")
    allocate(any_client, "o1", qty=5)

    address = uploaded(any_client, "count", "ref,sku,qty,eta\nb1,LAMP,10,2030-06-10\n")

    for _ in range(2):
        page = settled(any_client, address)
        assert LATER in page
        assert "o1 5 b1 b1 10 Jan 2030 10 Jun 2030" in page
        act(any_client, address, "run")
    assert "The file has been imported" in settled(any_client, address)


def test_a_line_that_moves_and_is_due_later_counts_once(client: Client) -> None:
    add_batch(client, "b1", qty=10, eta="2030-01-10")
    allocate(client, "o1", qty=5)
    add_batch(client, "b2", qty=10, eta="2030-02-10")

    address = uploaded(client, "count", "ref,sku,qty,eta\nb1,LAMP,10,2030-06-10\n")

    for _ in range(2):
        page = settled(client, address)
        assert LATER in page
        assert "o1 5 b1 b2 10 Jan 2030 10 Feb 2030" in page
        act(client, address, "run")
    assert client.get("/allocations/o1").json()[0]["batchref"] == "b2"


def test_those_who_lose_are_named_first_however_many_lines_move(any_client: Client) -> None:
    add_batch(any_client, "b1", qty=MANY)
    allocate_many(any_client, MANY)
    add_batch(any_client, "b2", qty=200)

    address = uploaded(any_client, "count", "ref,sku,qty\nb1,LAMP,1\nb2,LAMP,200\n")
    act(any_client, address, "run")
    page = settled(any_client, address)

    assert "The file has been imported" in page
    assert "59 order lines lose their dates and wait, 200 order lines move without a delay." in page
    listed = any_client.get(address, headers=HTML).text.partition('id="moves"')[2]
    assert listed.count("waits</span>") == 20
    assert "and 239 more" in words(f"<main>{listed}")


def test_waiting_lines_that_a_new_batch_serves_are_told_before_and_after(
    any_client: Client,
) -> None:
    add_batch(any_client, "b1", qty=1)
    allocate(any_client, "o1", qty=5)

    address = uploaded(any_client, "batches", "ref,sku,qty\nb2,LAMP,10\n")

    for _ in range(2):
        assert "1 waiting order line gets stock." in settled(any_client, address)
        act(any_client, address, "run")


def test_new_order_lines_are_counted_as_rows_and_not_as_moves(client: Client) -> None:
    add_batch(client, "b1", qty=10)

    page = settled(client, imported(client, "orders", "orderid,sku,qty\no1,LAMP,5\n"))

    assert "Allocated 1" in page
    assert "Lines that move" not in page
