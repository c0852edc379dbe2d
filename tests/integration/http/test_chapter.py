"""The chapter's requests and answers, and what follows from a change of quantity."""

from tests.integration.http.conftest import Client
from tests.support.requests import a_line_body, a_move, add_batch, allocate, post


def test_a_line_without_room_waits_until_there_is_some(any_client: Client) -> None:
    add_batch(any_client, "b1", qty=5)

    answer = post(any_client, "/allocate", a_line_body(qty=10))
    expected = {"batchref": None, "status": "waiting"}
    assert (answer.status_code, answer.json()) == (202, expected)

    add_batch(any_client, "b2", qty=10, eta="2030-01-01")
    line = {
        **a_line_body(line="", required_by=None),
        "batchref": "b2",
        "status": "allocated",
        "eta": "2030-01-01",
        "first_promised": "2030-01-01",
    }
    assert any_client.get("/allocations/o1").json() == [line]
    # Asked for again, under no key: it is known, and has its place now.
    again = post(any_client, "/allocate", a_line_body(qty=10))
    assert (again.status_code, again.json()["batchref"]) == (201, "b2")


def test_a_smaller_quantity_is_answered_with_the_moved_lines(any_client: Client) -> None:
    add_batch(any_client, "b1", qty=30)
    for orderid, qty in {"o1": 10, "o2": 15, "o3": 5, "o4": 9}.items():
        allocate(any_client, orderid, qty)  # o4 waits, before and after
    add_batch(any_client, "b2", qty=6, eta="2030-01-01")

    answer = post(any_client, "/change_batch_quantity", {"ref": "b1", "qty": 19})

    assert answer.status_code == 200
    body = answer.json()
    assert (body["batchref"], body["qty"]) == ("b1", 19)
    assert body["moved"] == [a_move("o2", "b1", None, 15)], "o3 was taken off too, and came back"


def test_a_product_shows_its_batches_and_its_queue(any_client: Client) -> None:
    add_batch(any_client, "late", qty=5, eta="2030-01-01")
    add_batch(any_client, "stock", qty=20)
    allocate(any_client, "o1", 20)
    allocate(any_client, "o2", 50)
    allocate(any_client, "o3", 40)

    body = any_client.get("/products/LAMP").json()

    assert body.pop("version_number") > 0
    no_batch = {
        "sku": "LAMP",
        "line": "",
        "batchref": None,
        "status": "waiting",
        "eta": None,
        "first_promised": None,
        "required_by": None,
    }
    assert body == {
        "sku": "LAMP",
        "batches": [batch("stock", None, 20, 20), batch("late", "2030-01-01", 5, 0)],
        "waiting_lines": 2,
        "waiting_quantity": 90,
        "waiting": [
            {"orderid": "o2", "qty": 50, **no_batch},
            {"orderid": "o3", "qty": 40, **no_batch},
        ],
    }


def test_an_order_shows_its_lines_by_sku(client: Client) -> None:
    for sku in ("TABLE", "CHAIR"):
        add_batch(client, f"batch-{sku}", sku=sku)
        allocate(client, "o1", sku=sku)

    body = client.get("/allocations/o1").json()

    assert [(line["sku"], line["batchref"]) for line in body] == [
        ("CHAIR", "batch-CHAIR"),
        ("TABLE", "batch-TABLE"),
    ]


def batch(ref: str, eta: str | None, purchased: int, allocated: int) -> dict[str, object]:
    """A batch as it is shown."""
    return {
        "batchref": ref,
        "status": "available",
        "eta": eta,
        "announced_eta": eta,
        "purchased_quantity": purchased,
        "allocated_quantity": allocated,
        "available_quantity": purchased - allocated,
        "blocked_quantity": 0,
    }
