"""Reads all rows of a query page by page, in the order of an index."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Select, bindparam, tuple_

PAGE: Final = 5_000
"""The usual number of rows of a page."""


def pages(
    connection: Connection,
    query: Select[Any],
    key: Sequence[Column[Any]],
    parameters: Mapping[str, Any] | None = None,
    *,
    order: Sequence[Column[Any]] = (),
    size: int = PAGE,
) -> Iterator[Sequence[Row[Any]]]:
    """Read the rows of a query in pages, in the order of a unique key that it selects.

    `order` are the columns of the index, if it has others between those of the key. Each page is
    found by the key of the last row, so that no page takes longer than the first, and the memory
    does not grow with the number of rows.
    """
    first = query.order_by(*(order or key)).limit(size)
    last = [bindparam(f"last_{column.name}", type_=column.type) for column in key]
    following = first.where(tuple_(*key) > tuple_(*last))
    fixed = dict(parameters or {})
    page = connection.execute(first, fixed).all()
    while page:
        yield page
        if len(page) < size:
            return
        cursor = page[-1]._mapping
        after = {f"last_{column.name}": cursor[column] for column in key}
        page = connection.execute(following, fixed | after).all()
