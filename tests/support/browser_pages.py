"""The pages of the board that browsers look at: a page is added by a line."""

from typing import Final, NamedTuple

from allocation.access.scopes import Scope


class BoardPage(NamedTuple):
    """A page, with the heading that it has in the small shop (`browser_shops.small_shop`)."""

    name: str
    path: str
    heading: str
    scope: Scope = Scope.READ


PAGES: Final = (
    BoardPage("stock", "/board/stock", "Stock"),
    BoardPage("product", "/board/stock/OAK-DESK", "OAK-DESK"),
    BoardPage("product-waiting", "/board/stock/BRASS-LAMP", "BRASS-LAMP"),
    BoardPage("product-without-units", "/board/stock/EMPTY-SHELF", "EMPTY-SHELF"),
    BoardPage("batch", "/board/batches/STOCK-1", "STOCK-1"),
    BoardPage("batch-blocked", "/board/batches/PO-8", "PO-8"),
    BoardPage(
        "preview",
        "/board/preview/change_batch_quantity?ref=STOCK-1&qty=5&back=/board/stock/OAK-DESK",
        "STOCK-1: 5 units",
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
"""Of every kind of page, at least one."""

EMPTY_PAGES: Final = (BoardPage("stock", "/board/stock", "Stock"),)
"""Those that a shop without any stock has, too."""
