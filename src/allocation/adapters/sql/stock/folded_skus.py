"""Products are found by their skus in lower case, so that a wrong case is noticed."""

from typing import Final

from sqlalchemy import ColumnElement, Index, String, literal_column

from allocation.adapters.sql.stock.schema import products

INDEX: Final = "ix_products_folded_sku"

# SQLite folds the letters of ASCII only; with the collation "C", PostgreSQL does the same.
_EXPRESSIONS: Final = {"sqlite": "lower(sku)", "postgresql": 'lower((sku COLLATE "C"))'}


def folded_sku(dialect: str) -> ColumnElement[str]:
    """The expression for a product's sku with the letters of ASCII in lower case."""
    return literal_column(_EXPRESSIONS[dialect], String)


for _dialect in _EXPRESSIONS:
    Index(INDEX, folded_sku(_dialect), _table=products).ddl_if(dialect=_dialect)
