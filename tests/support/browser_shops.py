"""Shops whose pages are looked at: their histories, as messages from outside."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from allocation.bootstrap import now

Message = dict[str, Any]

EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "shop"

YEAR: Final = 2024
"""The year of the example shop's files."""

MOST_OVERDUE: Final = 20
"""Days by which a shipment of the example shop may be overdue; older ones have arrived."""

LONG_SKU: Final = "EXTRA-WIDE-DINING-TABLE-FOR-TWELVE-WITH-EXTENSIONS/WALNUT & BRASS"
LEAK: Final = "leak-in-the-roof"
"""The id of a message that moves order lines, in every shop."""

CROWDED_SKU: Final = "OAK-BOOKCASE"


def batch(ref: str, sku: str, qty: int, days: int | None = None) -> Message:
    """A batch that arrives in so many days, or that is in the warehouse."""
    eta = None if days is None else str(today() + timedelta(days))
    return {"type": "BatchCreated", "ref": ref, "sku": sku, "qty": qty, "eta": eta}


def line(orderid: str, sku: str, qty: int = 1, days: int | None = None) -> Message:
    """An order line that must leave within so many days."""
    message: Message = {"type": "AllocationRequired", "orderid": orderid, "sku": sku, "qty": qty}
    return message if days is None else {**message, "required_by": str(today() + timedelta(days))}


def leak(ref: str, qty: int, **other: str) -> Message:
    """A batch that has this many units left."""
    message = {"type": "BatchQuantityChanged", "ref": ref, "qty": qty, "reason": "leak in the roof"}
    return {**message, **other}


def today() -> date:
    """The date now, by UTC, as the servers of the tests have it."""
    return now().date()


def small_shop() -> list[Message]:
    """A shop that has a little of everything: shipments, late and waiting lines, corrections."""
    return [
        batch("STOCK-1", "OAK-DESK", 40),
        batch("PO-7", "OAK-DESK", 30, 14),
        batch("PO-3", "OAK-DESK", 25, -3),
        *(line(f"SO-{n}", "OAK-DESK", 1 + n % 4, n % 7) for n in range(100, 130)),
        batch("STOCK-2", "BRASS-LAMP", 5),
        *(line(f"SO-{n}", "BRASS-LAMP", 2) for n in range(130, 136)),
        batch("PO-8", "GREY-SOFA", 12, 5),
        batch("STOCK-3", "EMPTY-SHELF", 3),
        {"type": "BatchQuantityChanged", "ref": "STOCK-3", "qty": 0, "reason": "stolen"},
        leak("STOCK-1", 32, id=LEAK),
        {"type": "BatchBlocked", "ref": "PO-8", "reason": "inspection"},
        {"type": "OrderShipped", "orderid": "SO-100"},
        {"type": "OrderCancelled", "orderid": "SO-101", "reason": "the customer has moved"},
    ]


def example_shop() -> Iterator[Message]:
    """The example shop, with its year ending two months from now: most has left or arrived."""
    shift = today() + timedelta(60) - date(YEAR, 12, 31)
    with (EXAMPLE / "batches.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            days = _days(row["eta"], shift)
            if days is not None and days < -MOST_OVERDUE:
                days = None  # has arrived
            yield batch(row["ref"], row["sku"], int(row["qty"]), days)
    with (EXAMPLE / "orders.csv").open(newline="") as file:
        orders = [row for row in csv.DictReader(file) if _days(row["ordered_on"], shift) <= 0]
    skus = {row["sku"] for row in csv.DictReader((EXAMPLE / "batches.csv").open(newline=""))}
    for number, row in enumerate(orders):
        if row["sku"] in skus:
            needed = 21 if number > len(orders) * 3 // 4 and number % 9 == 0 else None
            yield line(row["orderid"], row["sku"], int(row["qty"]), needed)
    yield leak("STOCK-49", 2, id=LEAK)
    yield leak("STOCK-11", 2)


def _days(day: str, shift: timedelta) -> Any:
    return (date.fromisoformat(day) + shift - today()).days if day else None


def crowded_shop() -> Iterator[Message]:
    """A shop with long names, large numbers, many batches of a product, and long queues."""
    yield from example_shop()
    yield batch("STOCK-OF-THE-OLD-WAREHOUSE-1", LONG_SKU, 1_234_567)
    for number in range(70):
        yield batch(f"PO-CROWDED-{number}", CROWDED_SKU, 5 + number * 7 % 90, number - 4)
        yield batch(f"PO-OF-A-SUPPLIER-WITH-A-LONG-NAME-{number}", LONG_SKU, 900, 3 + number)
    for number in range(400):
        yield line(f"SO-9{number:05d}", CROWDED_SKU, 1 + number % 12, number % 60)
        yield line(f"ORDER-OF-A-MARKETPLACE-{number:08d}", LONG_SKU, 4_000, number % 30)
    for number in range(300):
        yield line(f"SO-8{number:05d}", "BLACK-DINING-TABLE", 3)
