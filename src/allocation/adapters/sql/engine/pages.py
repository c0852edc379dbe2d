"""Reads all rows of a query page by page, in the order of an index."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Select, bindparam, tuple_

PAGE: Final = 5_000
"""The usual number of rows of a page."""

Columns = tuple[Column[Any], ...]


def pages(
    connection: Connection,
    query: Select[Any],
    key: Columns,
    parameters: Mapping[str, Any] | None = None,
    *,
    order: Columns = (),
    size: int = PAGE,
) -> Iterator[Sequence[Row[Any]]]:
    """Read the rows of a query in pages, in the order of a unique key that it selects.

    `order` are the columns of the index, if it has others between those of the key. Each page is
    found by the key of the last row, so that no page takes longer than the first, and the memory
    does not grow with the number of rows.
    """
    first, following = _statements(query, key, order or key, size)
    fixed = dict(parameters or {})
    page = connection.execute(first, fixed).all()
    while page:
        yield page
        if len(page) < size:
            return
        cursor = page[-1]._mapping
        after = {f"last_{column.name}": cursor[column] for column in key}
        page = connection.execute(following, fixed | after).all()


@lru_cache(maxsize=16)
def _statements(
    query: Select[Any], key: Columns, order: Columns, size: int
) -> tuple[Select[Any], Select[Any]]:
    """The queries of the first page and of those that follow; to make them takes a while."""
    first = query.order_by(*order).limit(size)
    last = [bindparam(f"last_{column.name}", type_=column.type) for column in key]
    return first, first.where(tuple_(*key) > tuple_(*last))
