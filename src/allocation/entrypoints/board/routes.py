"""All routes of the board."""

from litestar.handlers import HTTPRouteHandler

from allocation.bootstrap import Registry
from allocation.entrypoints.board import (
    batches,
    csv_lists,
    now,
    order,
    orders,
    products,
    search,
    sending,
    shipments,
    stock,
)
from allocation.entrypoints.board.changes import changes
from allocation.entrypoints.board.clock import set_clock
from allocation.entrypoints.board.static_files import static_file


def routes(registry: Registry) -> list[HTTPRouteHandler]:
    """The routes of the board."""
    return [
        now.now,
        stock.stock,
        products.product,
        batches.batch,
        orders.orders,
        order.order,
        shipments.shipments,
        search.search,
        *csv_lists.routes(),
        *sending.routes(registry),
        set_clock,
        changes,
        static_file,
    ]
