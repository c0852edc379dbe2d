"""Validators: values that differ when what a page shows of a product or an order has changed.

They cost less than the page, so that a browser that has the page already is told so at once.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, bindparam, func, select, text

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import (
    ATTRIBUTE,
    LINE_FACTS,
    messages,
    order_lines,
    products,
)
from allocation.domain.validation import normalize_name
from allocation.views.log_version import LAST, PRUNED
from allocation.views.recent import about_product

PORTION: Final = 250
"""The number of messages of which a validator searches the latest ones."""

Validator = tuple[object, ...]

_LAST: Final = select(LAST, PRUNED)
_OF_PRODUCT: Final = select(products.c.version_number).where(products.c.sku == bindparam("sku"))
_OF_ORDER: Final = select(products.c.sku, products.c.version_number).where(
    products.c.sku.in_(select(order_lines.c.sku).where(order_lines.c.orderid == bindparam("order")))
)


class _Statements(NamedTuple):
    news: Select[Any, int, int]
    """The last message about a product, and how many there are, and are refused."""
    fact: Select[Any]
    """The number of the last fact about an order."""


def _statements(dialect: str) -> _Statements:
    number = messages.c.seq
    return _Statements(
        select(func.max(number), func.count(), func.count(messages.c.refusal)).where(
            number >= bindparam("start"), about_product(dialect)
        ),
        select(number)
        .where(text(LINE_FACTS), ATTRIBUTE[dialect]("orderid") == bindparam("order"))
        .order_by(number.desc())
        .limit(1),
    )


_STATEMENTS: Final[Mapping[str, _Statements]] = {
    dialect: _statements(dialect) for dialect in ATTRIBUTE
}


class ValidatorViews:
    """Queries of the validators of pages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_product(self, sku: str) -> Validator:
        """The validator of a product with its batches, its queue, and the messages about it.

        Only messages of the last two portions of the log are searched for those about the product.
        The validator differs when the next portion begins, so that it misses none, unless one is
        committed after a whole portion of greater numbers; see `LogVersion`.
        """
        name = normalize_name(sku)
        with self._database.reading() as connection:
            last, pruned = connection.execute(_LAST).one()
            portion = last // PORTION
            version = connection.execute(_OF_PRODUCT, {"sku": name}).scalar_one_or_none()
            news = _STATEMENTS[connection.dialect.name].news
            latest = connection.execute(news, {"start": (portion - 1) * PORTION, "sku": name}).one()
        return name, version, pruned, portion, *latest

    def of_order(self, orderid: str) -> Validator:
        """The validator of an order with its lines, their batches, and what happened to them."""
        key = {"order": normalize_name(orderid)}
        with self._database.reading() as connection:
            _, pruned = connection.execute(_LAST).one()
            fact = connection.execute(_STATEMENTS[connection.dialect.name].fact, key)
            number = fact.scalar_one_or_none()
            versions = sorted(tuple(row) for row in connection.execute(_OF_ORDER, key))
        return pruned, number, *versions
