"""Queries of what has a name: a product, a batch, an order or a message."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, messages, order_lines, products
from allocation.domain.validation import clean_text
from allocation.views.spellings import SpellingViews

Kind = Literal["product", "batch", "order", "message"]


class Named(NamedTuple):
    """Something that has a name."""

    kind: Kind
    name: str


_NAME: Final[BindParameter[str]] = bindparam("name")
_QUERIES: Final[Mapping[Kind, Select[Any]]] = {
    "product": select(products.c.sku).where(products.c.sku == _NAME),
    "batch": select(batches.c.reference).where(batches.c.reference == _NAME),
    # An order may have many lines, one of which is enough.
    "order": select(order_lines.c.orderid).where(order_lines.c.orderid == _NAME).limit(1),
    "message": select(messages.c.id).where(messages.c.id == _NAME),
}


class NameViews:
    """Queries of what has a name."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._spellings = SpellingViews(database)

    def search(self, text: str) -> list[Named]:
        """Everything that has this name.

        If nothing has, everything that has it in upper case, and products whose skus differ from
        it in case only.

        Raises:
            InvalidValue: nothing can have such a name.
        """
        name = clean_text("q", text)
        if matches := self._with_name(name):
            return matches
        others = [] if name.upper() == name else self._with_name(name.upper())
        skus = self._spellings.like([name]).get(name, [])
        return [*dict.fromkeys([*others, *(Named("product", sku) for sku in skus)])]

    def _with_name(self, name: str) -> list[Named]:
        with self._database.reading() as connection:
            return [
                Named(kind, name)
                for kind, query in _QUERIES.items()
                if connection.execute(query, {"name": name}).one_or_none() is not None
            ]
