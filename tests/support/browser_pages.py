"""The pages of the board that browsers look at: a page is added by a line."""

from typing import Final, NamedTuple
from urllib.parse import quote

from allocation.access.scopes import Scope
from tests.support.browser_shops import CROWDED_SKU, LEAK, LONG_SKU

PICTURED_SKU: Final = "WALNUT-DINING-CHAIR"


class BoardPage(NamedTuple):
    """A page with its heading, or a part of it.

    Attributes:
        scope: what its visitors need.
        is_picture: whether its screenshot is the picture of the README.
    """

    name: str
    path: str
    heading: str
    scope: Scope = Scope.READ
    is_picture: bool = False


PAGES: Final = (
    BoardPage("now", "/", "need attention"),
    BoardPage("shipments", "/board/shipments", "Shipments"),
    BoardPage("shipments-overdue", "/board/shipments?overdue=true", "Shipments"),
    BoardPage("search", "/board/search?q=SO-1", "Search for SO-1"),
    BoardPage("search-empty", "/board/search", "Search"),
    BoardPage("search-nothing", "/board/search?q=NO-SUCH-NAME", "Search for NO-SUCH-NAME"),
    BoardPage("orders", "/board/orders", "Orders"),
    BoardPage("orders-waiting", "/board/orders?show=waiting", "Orders"),
    BoardPage("orders-late", "/board/orders?show=late", "Orders"),
    BoardPage("orders-unshipped", "/board/orders?show=unshipped", "Orders"),
    BoardPage("order", "/board/orders/SO-110", "SO-110"),
    BoardPage("order-shipped", "/board/orders/SO-100", "SO-100"),
    BoardPage("messages", "/board/messages", "Messages"),
    BoardPage("messages-of-sku", "/board/messages?sku=OAK-DESK", "Messages"),
    BoardPage("message", f"/board/messages/{LEAK}", "Batch quantity changed"),
    BoardPage("message-resend", f"/board/resend/{LEAK}", "", Scope.STOCK),
    BoardPage("failures", "/board/failures", "Failures"),
    BoardPage("flow", "/board/flow", "Flow of messages"),
    BoardPage("import", "/board/import", "Import"),
    BoardPage("access", "/board/access", "Access", Scope.ADMIN),
    BoardPage("stock", "/board/stock", "Stock"),
    BoardPage("product", "/board/stock/OAK-DESK", "OAK-DESK"),
    BoardPage("product-waiting", "/board/stock/BRASS-LAMP", "BRASS-LAMP"),
    BoardPage("product-without-units", "/board/stock/EMPTY-SHELF", "EMPTY-SHELF"),
    BoardPage("batches", "/board/batches", "Batches"),
    BoardPage("batch", "/board/batches/STOCK-1", "STOCK-1"),
    BoardPage("batch-blocked", "/board/batches/PO-8", "PO-8"),
    BoardPage(
        "preview",
        "/board/preview/change_batch_quantity?ref=STOCK-1&qty=5&back=/board/stock/OAK-DESK",
        "5 units",
        Scope.STOCK,
    ),
    BoardPage(
        "preview-refused",
        "/board/preview/change_batch_quantity?ref=STOCK-1&qty=-5&back=/board/stock",
        "This is not possible",
        Scope.STOCK,
    ),
    BoardPage("not-found", "/board/stock/NO-SUCH-SKU", "Not found"),
)
"""Of every kind of page, at least one: those of `browser_shops.small_shop`."""

EMPTY_PAGES: Final = (
    BoardPage("now", "/", "Nothing has happened yet"),
    BoardPage("orders", "/board/orders", "Orders"),
    BoardPage("shipments", "/board/shipments", "Shipments"),
    BoardPage("stock", "/board/stock", "Stock"),
    BoardPage("batches", "/board/batches", "Batches"),
    BoardPage("messages", "/board/messages", "Messages"),
    BoardPage("failures", "/board/failures", "Failures"),
    BoardPage("flow", "/board/flow", "Flow of messages"),
    BoardPage("import", "/board/import", "Import"),
    BoardPage("access", "/board/access", "Access", Scope.ADMIN),
)
"""Those that a shop without any stock has, too."""

_OF_FULL_SHOPS: Final = (
    BoardPage("now", "/", ""),
    BoardPage("shipments", "/board/shipments", "Shipments"),
    BoardPage("orders", "/board/orders", "Orders"),
    BoardPage("orders-waiting", "/board/orders?show=waiting", "Orders"),
    BoardPage("messages", "/board/messages", "Messages"),
    BoardPage("message", f"/board/messages/{LEAK}", "Batch quantity changed"),
    BoardPage("flow", "/board/flow", "Flow of messages"),
    BoardPage("import", "/board/import", "Import"),
    BoardPage("access", "/board/access", "Access", Scope.ADMIN),
    BoardPage("stock", "/board/stock", "Stock"),
)
"""Those that are the same in each shop of which screenshots are taken."""

EXAMPLE_PAGES: Final = (
    *_OF_FULL_SHOPS,
    BoardPage("search", "/board/search?q=SO-10", "Search for SO-10"),
    BoardPage("order", "/board/orders/SO-10677", "SO-10677"),
    BoardPage("product", f"/board/stock/{PICTURED_SKU}", PICTURED_SKU, is_picture=True),
    BoardPage("batch", "/board/batches/STOCK-49", "STOCK-49"),
    BoardPage(
        "preview",
        "/board/preview/cancel_batch?ref=PO-213-1&back=/board/stock",
        "Cancel PO-213-1",
        Scope.STOCK,
    ),
    BoardPage("not-found", "/board/stock/NO-SUCH-SKU", "Not found"),
)
"""Those of the example shop, of which screenshots are taken."""

CROWDED_PAGES: Final = (
    *_OF_FULL_SHOPS,
    BoardPage("search", "/board/search?q=SO-", "Search for SO-"),
    BoardPage("order", "/board/orders/SO-900001", "SO-900001"),
    BoardPage("product", f"/board/stock/{CROWDED_SKU}", CROWDED_SKU),
    BoardPage("product-long", f"/board/stock/{quote(LONG_SKU, safe='')}", LONG_SKU),
    BoardPage(
        "batch", "/board/batches/STOCK-OF-THE-OLD-WAREHOUSE-1", "STOCK-OF-THE-OLD-WAREHOUSE-1"
    ),
    BoardPage(
        "preview",
        "/board/preview/cancel_batch?ref=STOCK-OF-THE-OLD-WAREHOUSE-1&back=/board/stock",
        "Cancel STOCK-OF-THE-OLD-WAREHOUSE-1",
        Scope.STOCK,
    ),
)
"""The same of the crowded shop."""
