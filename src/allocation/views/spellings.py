"""Products whose skus differ in case only."""

from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import String, bindparam, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import folded_sku, products

AT_ONCE: Final = 1_000
"""The number of spellings that are looked up at once."""

_TO_LOWER: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class SpellingViews:
    """Queries of products by skus of which the case is not certain."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def like(self, skus: Collection[str]) -> dict[str, list[str]]:
        """The skus of products that are spelt like these, apart from the case, by sku.

        The databases fold the letters of ASCII only. Another letter may have the case of the sku,
        or all of them may be in upper case, or all in lower case.
        """
        folded = sorted({variant for sku in skus for variant in _variants(sku)})
        similar = dict[str, list[str]]()
        with self._database.reading() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            statement = _ON_SQLITE if is_sqlite else _ON_POSTGRESQL
            for start in range(0, len(folded), AT_ONCE):
                page = {"folded": folded[start : start + AT_ONCE]}
                for (sku,) in connection.execute(statement, page):
                    similar.setdefault(sku.casefold(), []).append(sku)
        return {sku: sorted(similar[fold]) for sku in skus if (fold := sku.casefold()) in similar}


def _variants(sku: str) -> Iterable[str]:
    if sku.isascii():
        return (sku.lower(),)
    return {spelling.translate(_TO_LOWER) for spelling in (sku, sku.upper(), sku.lower())}


_FOLDED: Final = bindparam("folded", type_=String, expanding=True)
_ON_SQLITE: Final = select(products.c.sku).where(folded_sku("sqlite").in_(_FOLDED))
_ON_POSTGRESQL: Final = select(products.c.sku).where(folded_sku("postgresql").in_(_FOLDED))
