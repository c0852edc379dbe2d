"""All lists; an entry here is all that a new list needs."""

from typing import Any, Final

from allocation.views.lists.backorders import BACKORDERS
from allocation.views.lists.batches import BATCHES
from allocation.views.lists.late import LATE
from allocation.views.lists.listing import Listing
from allocation.views.lists.orders import ORDERS
from allocation.views.lists.products import PRODUCTS
from allocation.views.lists.shipments import SHIPMENTS
from allocation.views.lists.unshipped import UNSHIPPED

LISTS: Final[tuple[Listing[Any], ...]] = (
    *(BATCHES, PRODUCTS, ORDERS, BACKORDERS, SHIPMENTS, LATE, UNSHIPPED),
)
"""The lists, in the order in which they are documented."""
