"""All routes of the board."""

from typing import Final

from litestar.handlers import HTTPRouteHandler

from allocation.bootstrap import Registry
from allocation.entrypoints.board import (
    access,
    batch_list,
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

_PAGES: Final = (
    now.now,
    stock.stock,
    products.product,
    batch_list.batches,
    batches.batch,
    messages.messages,
    message.message,
    resending.resend,
    failed_messages.failures,
    orders.orders,
    order.order,
    shipments.shipments,
    search.search,
    access.access,
    access.rotation,
    access.revocation,
)

_ACTIONS: Final = (
    load_example_shop,
    key_changes.create_key,
    key_changes.rotate_key,
    key_changes.revoke_key,
    set_clock,
)


def routes(registry: Registry) -> list[HTTPRouteHandler]:
    """The routes of the board."""
    return [
        *_PAGES,
        flow.route(registry),
        *csv_lists.routes(),
        *sending.routes(registry),
        *dead_letter_actions.routes(),
        *imports.ROUTES,
        *_ACTIONS,
        changes,
        static_file,
    ]
