"""Lists of batches, products, orders and order lines, page by page."""

from allocation.views.lists.filters import MOST_DAYS, Filter
from allocation.views.lists.listing import LOOKED_AT, MOST_LISTED, Listing, Page
from allocation.views.lists.registry import LISTS
from allocation.views.lists.views import ListViews

__all__ = [
    "LISTS",
    "LOOKED_AT",
    "MOST_DAYS",
    "MOST_LISTED",
    "Filter",
    "ListViews",
    "Listing",
    "Page",
]
