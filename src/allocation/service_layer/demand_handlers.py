"""The handlers of messages about order lines: functions `(event, uow)`.

A follow-up that has become obsolete, because its line has changed since, does nothing.
"""

from collections.abc import Mapping

from allocation.domain import events
from allocation.domain.errors import OtherProduct, Refusal, UnknownLine, UnknownOrder
from allocation.domain.model import Product
from allocation.domain.order import OrderedLine
from allocation.domain.order_line import Parts
from allocation.service_layer.unit_of_work import AbstractUnitOfWork

LineMessage = (
    events.OrderLineCancelled
    | events.OrderLineChanged
    | events.OrderLineShipped
    | events.OrderLineUnshipped
)
"""A message about a line that was accepted before."""

LineResult = Mapping[str, str | int]
"""The name of a line, and how many of its units are open, shipped and so on."""


def cancel_order_line(
    event: events.OrderLineCancelled, uow: AbstractUnitOfWork
) -> LineResult | None:
    """Cancel what has not been shipped of a line.

    Raises:
        UnknownLine: the order has no such line.
        SeveralLines: the order has several lines for the sku, and none is named.
        LineClosed: all of the line has been shipped.
    """
    with uow:
        product = product_of_line(event, uow)
        try:
            parts = product.cancel_line(event.orderid, event.line, event.reason)
        except Refusal:
            if event.follows:
                return None
            raise
        uow.commit()
    return _result(parts)


def change_order_line(event: events.OrderLineChanged, uow: AbstractUnitOfWork) -> LineResult:
    """Change the ordered quantity of a line.

    Raises:
        UnknownLine: the order has no such line.
        SeveralLines: the order has several lines for the sku, and none is named.
        LineClosed: the line has been shipped or cancelled.
        LessThanShipped: more units have been shipped.
    """
    with uow:
        product = product_of_line(event, uow)
        parts = product.change_line(event.orderid, event.qty, event.line, event.reason)
        uow.commit()
    return _result(parts)


def ship_order_line(event: events.OrderLineShipped, uow: AbstractUnitOfWork) -> LineResult | None:
    """Ship open units of a line.

    Raises:
        OtherProduct: the batch `ref` holds another product.
        Refusal: see `Shipping.ship_line`.
    """
    with uow:
        product = product_of_line(event, uow)
        try:
            _check_batch(event.ref, product, uow)
            parts = product.ship_line(event.orderid, event.line, event.qty, event.ref)
        except Refusal:
            if event.follows:
                return None
            raise
        uow.commit()
    return _result(parts)


def unship_order_line(event: events.OrderLineUnshipped, uow: AbstractUnitOfWork) -> LineResult:
    """Take back units that were recorded as shipped by mistake.

    Raises:
        OtherProduct: the batch `ref` holds another product.
        Refusal: see `Shipping.unship_line`.
    """
    with uow:
        product = product_of_line(event, uow)
        _check_batch(event.ref, product, uow)
        parts = product.unship_line(event.orderid, event.line, event.qty, event.ref, event.reason)
        uow.commit()
    return _result(parts)


def cancel_order(event: events.OrderCancelled, uow: AbstractUnitOfWork) -> list[LineResult]:
    """Have what has not been shipped of each line of an order cancelled.

    Returns:
        The lines as they are when all follow-ups have been handled.

    Raises:
        UnknownOrder: there is no such order.
        OrderClosed: all of the order has been shipped.
    """
    with uow:
        order = uow.orders.get(event.orderid)
        if order is None:
            raise UnknownOrder(event.orderid)
        lines = order.cancel(event.reason)
        uow.commit()
    return [line._asdict() for line in lines]


def ship_order(event: events.OrderShipped, uow: AbstractUnitOfWork) -> list[LineResult]:
    """Have all open units of an order shipped, all of which must be in stock.

    Returns:
        The lines as they are when all follow-ups have been handled.

    Raises:
        UnknownOrder: there is no such order.
        OrderClosed: all of the order has been shipped or cancelled.
        NotInStock: units of a line are not in stock.
    """
    with uow:
        order = uow.orders.get(event.orderid)
        if order is None:
            raise UnknownOrder(event.orderid)
        for line in order.open_lines:
            product = uow.products.get(sku=line.sku)
            if product is not None:
                product.today = uow.today
                product.check_in_stock(event.orderid, line.line)
        lines = order.ship(event.reason)
        uow.commit()
    return [line._asdict() for line in lines]


def product_of_line(event: LineMessage, uow: AbstractUnitOfWork) -> Product:
    """The product that has the line of an order.

    Raises:
        UnknownLine: there is no such product, and so no such line.
    """
    product = uow.products.get(sku=event.sku)
    if product is None:
        raise UnknownLine(event.orderid, event.sku, event.line)
    product.today = uow.today
    return product


def _check_batch(ref: str | None, product: Product, uow: AbstractUnitOfWork) -> None:
    """Check that a batch is not one of another product.

    Raises:
        OtherProduct: it is.
    """
    owner = None if ref is None else uow.products.get_by_batchref(ref)
    if ref is not None and owner is not None and owner.sku != product.sku:
        raise OtherProduct(ref, owner.sku, product.sku)


def _result(parts: Parts) -> LineResult:
    return OrderedLine.of(parts)._asdict()
