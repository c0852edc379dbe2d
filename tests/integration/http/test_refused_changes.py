"""What is refused when batches and order lines change: with its status, its code and a message."""

from typing import Any

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import add_batch, allocate, post

Request = tuple[str, dict[str, Any]]

SHIPMENT = {"ref": "shipment"}
STOCKED = {"orderid": "stocked", "sku": "LAMP"}
ORDERED = {"orderid": "ordered", "sku": "LAMP"}
SHIP: Request = ("/ship_order_line", STOCKED)
CANCEL: Request = ("/cancel_order_line", STOCKED)
CANCEL_BATCH: Request = ("/cancel_batch", SHIPMENT)
RECEIVE: Request = ("/receive_batch_part", {**SHIPMENT, "new_ref": "part", "qty": 5})
ANOTHER_LINE: Request = ("/allocate", {**STOCKED, "line": "2", "qty": 1})

LINE = "The line of order {} for LAMP"


@pytest.fixture
def stocked(client: Client) -> Client:
    """The service with one line in stock, and one that is to come."""
    add_batch(client, "stock", 10)
    add_batch(client, "shipment", 30, eta="2030-01-01")
    assert allocate(client, "stocked", 8) == "stock"
    assert allocate(client, "ordered", 10) == "shipment"
    return client


@pytest.mark.parametrize(
    ("before", "request_", "status", "code", "message"),
    [
        *(
            ([], (path, {"ref": "none"}), 404, "unknown_batch", "Unknown batch none")
            for path in ("/change_batch_eta", "/cancel_batch", "/block_batch", "/unblock_batch")
        ),
        (
            *([], ("/receive_batch_part", {"ref": "none", "new_ref": "part", "qty": 1})),
            *(404, "unknown_batch", "Unknown batch none"),
        ),
        *(
            ([], (path, {"orderid": "none", "sku": "LAMP", **other}), 404, "unknown_line", why)
            for why in ("Order none has no line for LAMP",)
            for path, other in {
                "/cancel_order_line": {},
                "/change_order_line": {"qty": 1},
                "/ship_order_line": {},
                "/unship_order_line": {},
            }.items()
        ),
        (
            *([], ("/cancel_order_line", {**STOCKED, "sku": "NONE"})),
            *(404, "unknown_line", "Order stocked has no line for NONE"),
        ),
        (
            *([], ("/cancel_order_line", {**STOCKED, "line": "2"})),
            *(404, "unknown_line", "Order stocked has no line 2 for LAMP"),
        ),
        *(
            ([], (path, {"orderid": "none"}), 404, "unknown_order", "Unknown order none")
            for path in ("/cancel_order", "/ship_order")
        ),
        *(
            ([CANCEL_BATCH], request, 409, "batch_cancelled", "Batch shipment is cancelled")
            for request in (
                ("/change_batch_quantity", {**SHIPMENT, "qty": 5}),
                ("/change_batch_eta", {**SHIPMENT, "eta": "2031-01-01"}),
                ("/block_batch", SHIPMENT),
                ("/unblock_batch", SHIPMENT),
                RECEIVE,
                ("/ship_order_line", {**STOCKED, **SHIPMENT}),
            )
        ),
        (
            *([("/block_batch", SHIPMENT)], ("/ship_order_line", {**STOCKED, **SHIPMENT})),
            *(409, "batch_blocked", "Batch shipment is blocked"),
        ),
        (
            *([], ("/receive_batch_part", {"ref": "stock", "new_ref": "part", "qty": 1})),
            *(409, "already_received", "Batch stock is in the warehouse already"),
        ),
        (
            *([RECEIVE], ("/receive_batch_part", {**RECEIVE[1], "qty": 6})),
            *(409, "batch_conflict", "Batch part already exists with qty 5, not 6"),
        ),
        *(
            (
                *([ANOTHER_LINE], (path, body), 409, "several_lines"),
                'Order stocked has several lines for LAMP: name one of "", 2',
            )
            for path, body in (CANCEL, SHIP, ("/change_order_line", {**STOCKED, "qty": 1}))
        ),
        *(
            ([SHIP], request, 409, "line_closed", f"{LINE.format('stocked')} is shipped already")
            for request in (CANCEL, SHIP, ("/change_order_line", {**STOCKED, "qty": 9}))
        ),
        *(
            (
                [CANCEL],
                request,
                409,
                "line_closed",
                f"{LINE.format('stocked')} is cancelled already",
            )
            for request in (SHIP, ("/change_order_line", {**STOCKED, "qty": 9}))
        ),
        *(
            ([SHIP], (path, {"orderid": "stocked"}), 409, "order_closed", why)
            for why in ("Order stocked is shipped already",)
            for path in ("/cancel_order", "/ship_order")
        ),
        (
            *([CANCEL], ("/ship_order", {"orderid": "stocked"}), 409, "order_closed"),
            "Order stocked is cancelled already",
        ),
        *(
            (
                *([], request, 409, "not_in_stock"),
                f"Of the line of order ordered for LAMP, 10 cannot be shipped: {why}",
            )
            for request, why in (
                (("/ship_order_line", ORDERED), "0 in stock"),
                (("/ship_order", {"orderid": "ordered"}), "0 in stock"),
            )
        ),
        (
            *([], ("/ship_order_line", {**ORDERED, "ref": "none"}), 404, "unknown_batch"),
            "Unknown batch none",
        ),
        *(
            (
                [("/add_batch", {"ref": "b/9", "sku": "SOFA", "qty": 9})],
                *((path, {**STOCKED, "ref": "b/9"}), 409, "other_product"),
                "ref 'b/9' is a batch of SOFA, not of LAMP",
            )
            for path in ("/ship_order_line", "/unship_order_line")
        ),
        (
            *([SHIP], ("/unship_order_line", {**STOCKED, "ref": "shipment"}), 409, "too_many"),
            f"{LINE.format('stocked')} has 0 units shipped from batch shipment, not 1",
        ),
        (
            *([RECEIVE], ("/ship_order_line", {**ORDERED, "ref": "part"}), 409, "not_in_stock"),
            "Of the line of order ordered for LAMP, 10 cannot be shipped: 5 in batch part",
        ),
        (
            *([], ("/ship_order_line", {**STOCKED, "qty": 3}), 409, "whole_line"),
            f"{LINE.format('stocked')} ships whole: 8 units, not 3, unless you name the batch",
        ),
        (
            *([], ("/ship_order_line", {**STOCKED, "qty": 9}), 409, "too_many"),
            f"{LINE.format('stocked')} has 8 units open, not 9",
        ),
        (
            *([SHIP], ("/unship_order_line", {**STOCKED, "qty": 9}), 409, "too_many"),
            f"{LINE.format('stocked')} has 8 units shipped, not 9",
        ),
        (
            [("/ship_order_line", {**STOCKED, "qty": 3, "ref": "stock"})],
            *(("/change_order_line", {**STOCKED, "qty": 2}), 409, "less_than_shipped"),
            "3 units of the line of order stocked for LAMP have been shipped, so it cannot have 2",
        ),
    ],
)
def test_a_change_that_the_stock_contradicts_is_refused_with_code_and_message(
    stocked: Client,
    before: list[Request],
    request_: Request,
    status: int,
    code: str,
    message: str,
) -> None:
    for path, body in before:
        assert post(stocked, path, body).status_code < 300

    state = stocked.get("/products/LAMP").json()
    answer = post(stocked, *request_)

    assert (answer.status_code, answer.json()) == (status, {"code": code, "message": message})
    assert stocked.get("/products/LAMP").json() == state


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/receive_batch_part", {**SHIPMENT, "new_ref": "shipment", "qty": 1}, "new_ref"),
        ("/receive_batch_part", {**SHIPMENT, "new_ref": "part", "qty": 0}, "qty"),
        ("/change_batch_eta", {**SHIPMENT, "eta": "soon"}, "eta"),
        ("/cancel_batch", {**SHIPMENT, "reason": ""}, "reason"),
        ("/change_order_line", {**STOCKED, "qty": 0}, "qty"),
        ("/cancel_order_line", {**STOCKED, "line": " 1"}, "line"),
        ("/ship_order_line", {**STOCKED, "qty": -1}, "qty"),
        ("/unship_order_line", {**STOCKED, "ref": ""}, "ref"),
        ("/allocate", {**STOCKED, "qty": 8, "required_by": "1999-12-31"}, "required_by"),
        ("/allocate", {**STOCKED, "qty": 8, "split": 1}, "split"),
    ],
)
def test_a_value_of_a_change_that_cannot_be_is_400_and_names_the_field(
    stocked: Client, path: str, body: dict[str, Any], field: str
) -> None:
    answer = post(stocked, path, body)

    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/allocate", {**STOCKED, "qty": 8, "follows": True}),
        ("/cancel_order_line", {**STOCKED, "follows": True}),
        ("/ship_order_line", {**STOCKED, "follows": None}),
    ],
)
def test_a_client_cannot_send_a_follow_up(stocked: Client, path: str, body: dict[str, Any]) -> None:
    answer = post(stocked, path, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_field")


@pytest.mark.parametrize(
    ("path", "body"), [CANCEL, ("/cancel_order", {"orderid": "stocked"}), CANCEL_BATCH]
)
def test_a_cancellation_may_be_repeated(stocked: Client, path: str, body: dict[str, Any]) -> None:
    assert [post(stocked, path, body).status_code for _ in range(2)] == [200, 200]
