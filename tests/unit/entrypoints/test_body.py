"""How a request's body is received."""

import asyncio
from typing import Any

import pytest
from litestar import Request

from allocation.domain.events import AllocationRequired, OrderLineShipped
from allocation.entrypoints.http import request_bodies
from allocation.entrypoints.http.errors import BodyTooLarge, MalformedRequest
from allocation.errors import InvalidValue


def received(*messages: dict[str, Any], largest: int = 10) -> bytes:
    coming = iter(messages)

    async def receive() -> Any:
        return next(coming)

    request = Request[Any, Any, Any]({"type": "http"}, receive)  # type: ignore[arg-type]
    return asyncio.run(request_bodies.received(request, largest))


def part(content: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": more}


def test_a_body_in_one_piece() -> None:
    assert received({"type": "http.request", "body": b"{}"}) == b"{}"


def test_a_body_in_pieces() -> None:
    pieces = part(b'{"a"', more=True), part(b"", more=True), part(b": 1}", more=False)

    assert received(*pieces) == b'{"a": 1}'


def test_a_body_as_large_as_may_be() -> None:
    assert received(part(b"12345", more=True), part(b"67890", more=False)) == b"1234567890"


def test_a_body_that_is_too_large_is_refused_before_it_is_complete() -> None:
    with pytest.raises(BodyTooLarge):
        received(part(b"12345", more=True), part(b"678901", more=True))


def test_a_client_that_goes_in_the_middle_has_asked_for_nothing() -> None:
    with pytest.raises(MalformedRequest):
        received(part(b'{"', more=True), {"type": "http.disconnect"})


@pytest.mark.parametrize("qty", ["5.0", "5e0", "0.5e1", "50E-1", "5.000000000000000000000"])
def test_a_whole_number_may_be_written_in_any_way(qty: str) -> None:
    """In JSON 5.0 is an integer, and some languages write it so."""
    read = request_bodies.Form(AllocationRequired).read(
        f'{{"orderid": "o1", "sku": "LAMP", "qty": {qty}}}'.encode()
    )
    assert read == AllocationRequired("o1", "LAMP", 5)
    assert type(read.qty) is int


def test_a_whole_number_of_an_optional_field_may_be_written_in_any_way() -> None:
    body = b'{"orderid": "o1", "sku": "LAMP", "qty": 5.0}'

    assert request_bodies.Form(OrderLineShipped).read(body) == OrderLineShipped("o1", "LAMP", 5)


@pytest.mark.parametrize(
    "qty", ["5.5", "5.0000000000000000000001", "1e300", "-1e-9999999999", "1e16", "0.0"]
)
def test_a_number_that_is_not_whole_or_too_large_is_refused(qty: str) -> None:
    with pytest.raises(InvalidValue, match="qty") as refused:
        request_bodies.Form(AllocationRequired).read(
            f'{{"orderid": "o1", "sku": "LAMP", "qty": {qty}}}'.encode()
        )
    assert refused.value.field == "qty"


def test_a_number_is_no_text() -> None:
    with pytest.raises(InvalidValue, match="sku") as refused:
        request_bodies.Form(AllocationRequired).read(b'{"orderid": "o1", "qty": 5.0, "sku": 5.0}')
    assert refused.value.field == "sku"
