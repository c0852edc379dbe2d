"""Databases with a long history, written by SQL because that is quick."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Table, insert, text

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, messages, order_lines, products
from tests.support.groups import NOW

SKUS, LINES, MESSAGES, CHAIN, DEAD = 2_000, 20, 20_000, 200, 3_000
CROWDED: Final = "SKU-7"
DUE: Final = date(2030, 1, 1)
"""The day after which some of the allocated lines are late."""


def fill(database: Database, rows: Mapping[Table, Sequence[dict[str, Any]]]) -> None:
    """Insert rows, and let the database take note of how many there are."""
    with database.writing() as connection:
        for table, some in rows.items():
            if some:
                connection.execute(insert(table), list(some))
        connection.commit()
        connection.execute(text("ANALYZE"))
        connection.commit()


def product(sku: str, last_number: int) -> dict[str, Any]:
    """A row of `products`."""
    return {"sku": sku, "version_number": 1, "last_number": last_number, "out_of_stock": False}


def batch(ref: str, sku: str, purchased: int, allocated: int) -> dict[str, Any]:
    """A row of `batches`."""
    return {
        "reference": ref,
        "sku": sku,
        "initial_quantity": purchased,
        "purchased_quantity": purchased,
        "allocated_quantity": allocated,
    }


def line(sku: str, number: int, batchref: str | None, qty: int = 1) -> dict[str, Any]:
    """A row of `order_lines`: a whole line, the one that came as number `number`."""
    waits = batchref is None
    return {
        "sku": sku,
        "orderid": f"{sku}-{number}",
        "qty": qty,
        "batchref": batchref,
        "position": number,
        "promise": None if waits else number,
        "state": "waiting" if waits else "allocated",
        "least_room": qty if waits else None,
        "due": DUE if batchref is not None and number % 10 == 1 else None,
    }


def message(number: int, status: str, cause: str | None = None) -> dict[str, Any]:
    """A row of `messages`: the one from outside that came as number `number`, or a follow-up."""
    return {
        "id": f"old-{number}",
        "type": "OutOfStock",
        "body": '{"sku":"CHAIR"}',
        "correlation_id": cause or f"old-{number}",
        "causation_id": cause,
        "at": NOW,
        "status": status,
        "attempts": 0,
    }


def grow(database: Database) -> None:
    """Many products, one of which has many lines, and a long log with a chain and dead letters."""
    skus = [f"SKU-{n}" for n in range(SKUS)]
    few = [line(sku, n, f"of-{sku}" if n % 2 else None) for sku in skus for n in range(LINES)]
    statuses = ["handled"] * MESSAGES + ["dead"] * DEAD
    fill(
        database,
        {
            products: [product(sku, LINES) for sku in skus],
            batches: [batch(f"of-{sku}", sku, 10_000, 0) for sku in skus],
            order_lines: [
                *few,
                *(
                    line(CROWDED, n, f"of-{CROWDED}" if n % 2 else None, 1 + n % 3)
                    for n in range(LINES, 5_000)
                ),
            ],
            messages: [
                message(n, status, "old-0" if 0 < n <= CHAIN else None)
                for n, status in enumerate(statuses)
            ],
        },
    )


def sell(
    database: Database, promised: int, waiting: int, qty: int = 1, *, sku: str = "CHAIR"
) -> None:
    """A product with one batch, sold out to `promised` lines of one unit, and a queue."""
    ids = [f"{sku}-{n}" for n in range(promised + waiting)]
    numbers = range(promised + 1, promised + waiting + 1)
    fill(
        database,
        {
            products: [product(sku, promised + waiting)],
            batches: [batch(f"b-{sku}", sku, promised, promised)],
            order_lines: [
                *(line(sku, n, f"b-{sku}") for n in range(1, promised + 1)),
                *(line(sku, n, None, qty) for n in numbers),
            ],
            messages: [{**message(0, "handled"), "id": id, "correlation_id": id} for id in ids],
        },
    )


def stock(database: Database, sku: str, quantities: Mapping[str, tuple[int, int]]) -> None:
    """A product, and of each of its batches what was purchased and what is allocated."""
    held = [batch(ref, sku, *numbers) for ref, numbers in quantities.items()]
    fill(database, {products: [product(sku, 10**6)], batches: held})


def queue(database: Database, sku: str, quantities: Iterable[int]) -> None:
    """Waiting lines of these quantities, in this order."""
    fill(database, {order_lines: [line(sku, n, None, qty) for n, qty in enumerate(quantities, 1)]})
