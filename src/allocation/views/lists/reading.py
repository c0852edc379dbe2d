"""Reads pages of lists by index scans: every page takes the same time, however long the list.

If a list or a filter skips entries, or a row is the sum of many, a page comes of a bounded search:
it looks at no more than `SearchLimits` allow, chunk by chunk, and may then be shorter than asked
for, or empty, although it is not the last one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Row

from allocation.views.lists.cursors import Cursor, no_cursor
from allocation.views.lists.index_scan import (
    IndexScan,
    Shape,
    end_of_chunk,
    key_in,
    key_parameters,
    rows_of,
)
from allocation.views.lists.line_search import BatchLineSearch
from allocation.views.lists.listing import Listing, Page, Query

R = TypeVar("R")


def page_of(connection: Connection, listing: Listing[R], query: Query, *, binary: bool) -> Page[R]:
    """A page of a list; `binary` is that of `IndexScan.is_range`.

    Raises:
        InvalidValue: the cursor is not one of the list.
    """
    if (source := listing.batch_lines(query.values)) is not None:
        return _page_of_lines(BatchLineSearch(connection, listing, query, source))
    search = _Search(connection, listing, query, binary)
    rows = list(search.rows())
    page = [listing.row_of(row, query.today) for _, row in rows[: query.limit]]
    if len(rows) > query.limit:
        return Page(page, search.cursor(*rows[query.limit - 1]))
    return Page(page, search.stopped_at)


def _page_of_lines(search: BatchLineSearch) -> Page[Any]:
    listing, query = search.listing, search.query
    rows = list(search.rows())
    page = [listing.row_of(row, query.today) for _, row in rows[: query.limit]]
    key = rows[query.limit - 1][0] if len(rows) > query.limit else search.stopped_at
    return Page(page, None if key is None else Cursor(listing.name, query.sort, 0, key))


@dataclass
class _Search:
    """The search for the rows of one page."""

    connection: Connection
    listing: Listing[Any]
    query: Query
    binary: bool
    stopped_at: Cursor | None = None
    """Where the search was given up."""

    def __post_init__(self) -> None:
        query = self.query
        self._values = self.listing.resolve(query.values, query.today)
        self._scans = self.listing.scans(query.sort, self._values)
        self._entries = query.search.page
        self._left = query.limit + 1

    def rows(self) -> Iterator[tuple[int, Row[Any]]]:
        """The rows of a page and one more, each with the number of its scan."""
        cursor = self.query.after
        first_scan = 0 if cursor is None else cursor.scan
        if cursor is not None and first_scan >= len(self._scans):
            raise no_cursor(str(cursor))
        for number in range(first_scan, len(self._scans)):
            scan = self._scans[number]
            after = None
            if cursor is not None and number == first_scan:
                after = cursor.key_as(scan.types)
            for row in self._rows_of(number, scan, after):
                yield number, row
                self._left -= 1
            if not self._left or self.stopped_at is not None:
                return

    def cursor(self, number: int, row: Row[Any]) -> Cursor:
        """The place of a row."""
        return self._cursor(number, key_in(self._scans[number], row))

    def _cursor(self, number: int, key: tuple[Any, ...]) -> Cursor:
        return Cursor(self.listing.name, self.query.sort, number, key)

    def _rows_of(
        self, number: int, scan: IndexScan, after: tuple[Any, ...] | None
    ) -> Iterator[Row[Any]]:
        filters = [f for f in self.listing.filters if f.name in self._values.keys() - scan.covers]
        ranges = [each for each in filters if scan.is_range(each, binary=self.binary)]
        residual = tuple(each for each in filters if each not in ranges)
        lower = next((f for f in ranges if f.comparison in (">=", "prefix")), None)
        upper = next((f for f in ranges if f.comparison in ("<=", "prefix")), None)
        if lower is None:
            after = after or scan.before_all
        elif after is not None and self._values[lower.name] > after[0]:
            after = None  # the cursor is that of a query without this filter
        is_bounded = bool(residual or scan.skips or scan.bounded)
        while True:
            begin = lower if after is None else None
            shape = Shape(scan, begin, upper, False, residual)
            end = self._end_of_chunk(shape, after) if is_bounded else None
            yield from self._execute(shape._replace(to=end is not None), after, end)
            if end is None or not self._left:
                return
            after = end
            if self._entries <= 0:
                self.stopped_at = self._cursor(number, end)
                return

    def _end_of_chunk(self, shape: Shape, after: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        chunk = self.query.search.statement
        self._entries -= chunk
        statement = end_of_chunk(shape._replace(residual=()), chunk)
        row = self.connection.execute(statement, self._parameters(shape, after)).one_or_none()
        return None if row is None else tuple(row)

    def _execute(
        self, shape: Shape, after: tuple[Any, ...] | None, end: tuple[Any, ...] | None
    ) -> list[Row[Any]]:
        parameters = self._parameters(shape, after)
        parameters |= {**key_parameters("to", end), "limit": self._left}
        return [*self.connection.execute(rows_of(shape), parameters)]

    def _parameters(self, shape: Shape, after: tuple[Any, ...] | None) -> dict[str, Any]:
        parameters = {"today": self.query.today, **self._values, **key_parameters("after", after)}
        if shape.upper is not None and shape.upper.comparison == "prefix":
            parameters[f"{shape.upper.name}_end"] = successor(self._values[shape.upper.name])
        return parameters


def successor(prefix: str) -> str:
    """The first text after all that begin with a prefix, by code points.

    The next code point exists: no name has the last one, or the last one before the surrogates.
    """
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
