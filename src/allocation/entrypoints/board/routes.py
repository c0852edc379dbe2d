"""All routes of the board."""

from litestar.handlers import HTTPRouteHandler

from allocation.bootstrap import Registry
from allocation.entrypoints.board import (
    access,
    batches,
    csv_lists,
    dead_letter_actions,
    failed_messages,
    flow,
    key_changes,
    message,
    messages,
    now,
    order,
    orders,
    products,
    resending,
    search,
    sending,
    shipments,
    stock,
)
from allocation.entrypoints.board.changes import changes
from allocation.entrypoints.board.clock import set_clock
from allocation.entrypoints.board.example_shop import load_example_shop
from allocation.entrypoints.board.imports import routes as imports
from allocation.entrypoints.board.static_files import static_file


def routes(registry: Registry) -> list[HTTPRouteHandler]:
    """The routes of the board."""
    return [
        now.now,
        stock.stock,
        products.product,
        batches.batch,
        messages.messages,
        message.message,
        resending.resend,
        failed_messages.failures,
        flow.route(registry),
        *dead_letter_actions.routes(),
        orders.orders,
        order.order,
        shipments.shipments,
        search.search,
        *csv_lists.routes(),
        *sending.routes(registry),
        load_example_shop,
        *imports.ROUTES,
        access.access,
        access.rotation,
        access.revocation,
        key_changes.create_key,
        key_changes.rotate_key,
        key_changes.revoke_key,
        set_clock,
        changes,
        static_file,
    ]
