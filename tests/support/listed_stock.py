"""A database with many batches and lines of all kinds, for lists, written by SQL."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, order_lines, products
from tests.support.crowded_database import batch, fill, line, product

TODAY: Final = date(2030, 1, 10)
SKUS: Final = 1_000
LINES: Final = 20
CROWDED: Final = "SKU-7"
MANY: Final = 3_000
"""Batches and lines of the crowded product, besides those that every product has."""


def grow_lists(database: Database) -> None:
    """Many products with stock, shipments and lines in every state; one has very many of each."""
    skus = [f"SKU-{n}" for n in range(SKUS)]
    fill(
        database,
        {
            products: [product(sku, 10**6) for sku in skus],
            batches: [
                *(each for sku in skus for each in _batches(sku)),
                *(_batch(f"{CROWDED}/{n}", CROWDED, 10, None) for n in range(MANY)),
            ],
            order_lines: [
                *(each for sku in skus for each in _lines(sku, LINES)),
                *_lines(CROWDED, MANY, begin=LINES),
            ],
        },
    )


def _batches(sku: str) -> Iterator[dict[str, Any]]:
    for name, days in (("stock", None), ("overdue", -5), ("soon", 5), ("later", 20)):
        yield _batch(f"{name}-{sku}", sku, 0, None if days is None else TODAY + timedelta(days))


def _batch(ref: str, sku: str, allocated: int, eta: date | None) -> dict[str, Any]:
    purchased = allocated or 10_000
    return {**batch(ref, sku, purchased, allocated), "eta": eta, "initial_eta": eta}


def _lines(sku: str, count: int, begin: int = 0) -> Iterator[dict[str, Any]]:
    places = (None, "stock", "overdue", "soon", "later")
    for number in range(begin, begin + count):
        place = places[number % len(places)]
        row = line(sku, number, None if place is None else f"{place}-{sku}")
        row["first_promised"] = None if place is None else TODAY - timedelta(days=number % 7)
        row["required_by"] = TODAY + timedelta(days=number % 30)
        if number % 6 == 1 and place is not None:
            row |= {"state": "shipped", "promise": None}
        yield row
