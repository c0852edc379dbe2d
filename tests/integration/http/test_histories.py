"""`GET /orders/{orderid}/history`: what the lines of an order have lived through."""

import pytest

from tests.support.requests import Client, add_batch, post

KINDS = ["accepted", "lost", "promise_lost", "promise_changed", "allocated", "shipped"]


def live(client: Client, orderid: str = "o1") -> None:
    """A line is accepted, loses its batch to a leak, finds another and is shipped."""
    add_batch(client, "b1", qty=12)
    line = {"orderid": orderid, "sku": "LAMP", "qty": 10}
    assert post(client, "/allocate", line, "order").status_code == 201
    leak = {"ref": "b1", "qty": 5, "reason": "leak in the roof"}
    post(client, "/change_batch_quantity", leak, "abc").raise_for_status()
    add_batch(client, "b2")
    shipped = {"orderid": orderid, "sku": "LAMP", "reason": "in a hurry"}
    post(client, "/ship_order_line", shipped, "van").raise_for_status()


def test_the_history_of_an_order_is_told_in_sentences(any_client: Client) -> None:
    live(any_client)
    answer = any_client.get("/orders/o1/history")
    assert answer.status_code == 200, answer.text
    history = answer.json()
    assert [entry["kind"] for entry in history["entries"]] == KINDS
    _, lost, *_, shipped = history["entries"]
    cause = "(ship_order_line, key van, by anonymous)"
    assert shipped["text"] == f"shipped 10 units from b2: in a hurry {cause}"
    assert lost | {"time": ""} == {
        "time": "",
        "text": "lost 10 units of b1: leak in the roof"
        " (change_batch_quantity, key abc, by anonymous)",
        "kind": "lost",
        "sku": "LAMP",
        "line": "",
        "qty": 10,
        "batchref": "b1",
        "reason": "leak in the roof",
        "cause": {
            "id": "abc",
            "type": "BatchQuantityChanged",
            "key": "abc",
            "reason": "leak in the roof",
            "sender": "anonymous",
        },
    }
    assert history["parts"] == [
        {"sku": "LAMP", "line": "", "status": "shipped", "qty": 10, "batchref": "b2"}
    ]
    assert (history["orderid"], history["known_since"], history["next"]) == ("o1", None, None)


@pytest.mark.parametrize("orderid", ["o1", "a/b", "history", "Größe 5%"])
def test_it_is_listed_in_pages(client: Client, orderid: str) -> None:
    live(client, orderid)
    link, kinds = f"/orders/{orderid.replace('%', '%25')}/history?limit=4&sku=LAMP&line=", []
    pages = 0
    while link is not None:
        page = client.get(link).json()
        kinds += [entry["kind"] for entry in page["entries"]]
        link, pages = page["next"], pages + 1
    assert (kinds, pages) == (KINDS, 2)


@pytest.mark.parametrize(
    "path",
    [
        "no-such/history",
        "o1/history?sku=CHAIR",
        "o1/history?sku=LAMP&line=second",
        "o1/history?sku=%00",
        "%00/history",
        f"{'x' * 300}/history",
    ],
)
def test_an_unknown_line_is_404(any_client: Client, path: str) -> None:
    live(any_client)
    answer = any_client.get(f"/orders/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_order")


@pytest.mark.parametrize("path", ["/orders/o1", "/orders/history", "/orders/o1/histor"])
def test_another_path_is_404(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=x", "after="])
def test_a_page_that_cannot_be_is_400(client: Client, query: str) -> None:
    live(client)
    assert client.get(f"/orders/o1/history?{query}").status_code == 400
