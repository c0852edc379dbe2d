"""Reads pages of order lines by batch: batches by one index, the lines of each by another.

The search for a page is bounded as in `reading`, by the number of batches and lines together. A
page costs the same however many lines a batch has, and whichever of them the list skips.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row

from allocation.views.lists.batch_lines import BatchLines
from allocation.views.lists.cursors import no_cursor
from allocation.views.lists.index_scan import (
    Shape,
    counted_chunk,
    end_of_chunk,
    key_in,
    key_parameters,
    rows_of,
)
from allocation.views.lists.listing import Listing, Query

_AFTER_ALL: Final = 10**18
"""The number after all lines of a batch."""

_LOOKUP: Final = 10
"""A look at the lines of a batch counts as so many entries at least: statements take time, too."""

Key = tuple[Any, ...]


@dataclass
class BatchLineSearch:
    """The search for the lines of one page."""

    connection: Connection
    listing: Listing[Any]
    query: Query
    source: BatchLines
    stopped_at: Key | None = None
    """Where the search was given up."""

    def __post_init__(self) -> None:
        self._values = self.listing.resolve(self.query.values, self.query.today)
        self._entries = self.query.search.page
        self._left = self.query.limit + 1
        names = self._values.keys() - self.source.batches.covers
        given = [each for each in self.listing.filters if each.name in names]
        of_batches = self.source.of_batches
        self._of_batches = tuple(of_batches[f.name] for f in given if f.name in of_batches)
        self._of_lines = tuple(each for each in given if each.name not in of_batches)

    def rows(self) -> Iterator[tuple[Key, Row[Any]]]:
        """The rows of a page and one more, each with its place in the list."""
        place, number = self._begin()
        for batch in self._batches(place, at=number != _AFTER_ALL):
            own = key_in(self.source.batches, batch)
            yield from self._rows_on(batch, own, number if own == place else 0)
            if not self._left or self.stopped_at is not None:
                return

    def _begin(self) -> tuple[Key, int]:
        """The batch and the number after which the page begins."""
        cursor, batches = self.query.after, self.source.batches
        if cursor is None:
            return batches.before_all, 0
        if cursor.scan:
            raise no_cursor(str(cursor))
        *place, number = cursor.key_as((*batches.types, int))
        return tuple(place), number

    def _batches(self, after: Key, *, at: bool) -> Iterator[Row[Any]]:
        """The batches after a place, or at it and after it."""
        shape = Shape(self.source.batches, None, None, False, self._of_batches, at)
        while True:
            end = self._end_of_batches(shape, after)
            yield from self._batches_up_to(shape, after, end)
            if end is None:
                return
            after, shape = end, shape._replace(at=False)
            if self._entries <= 0:
                self.stopped_at = (*end, _AFTER_ALL)
                return

    def _batches_up_to(self, shape: Shape, after: Key, end: Key | None) -> Iterator[Row[Any]]:
        """The batches of a chunk, as many at a time as a page may need."""
        shape, most = shape._replace(to=end is not None), self._left + 1
        while True:
            rows = self._execute(rows_of(shape), {**_keys(after, end), "limit": most})
            yield from rows
            if len(rows) < most:
                return
            after, shape = key_in(shape.scan, rows[-1]), shape._replace(at=False)

    def _end_of_batches(self, shape: Shape, after: Key) -> Key | None:
        chunk = self.query.search.statement
        statement = end_of_chunk(shape._replace(residual=()), chunk)
        row = next(iter(self._execute(statement, _keys(after, None))), None)
        if row is None:
            return None
        self._entries -= chunk
        return tuple(row)

    def _rows_on(self, batch: Row[Any], own: Key, after: int) -> Iterator[tuple[Key, Row[Any]]]:
        """The lines of a batch after a number."""
        scan = self.source.lines_of(batch, self.query.today)
        shape = Shape(scan, None, None, False, self._of_lines)
        key = {"batchref": batch.reference, "eta": batch.eta}
        while True:
            end = self._end_of_lines(shape, key, after)
            keys = _keys((after,), None if end is None else (end,))
            to = shape._replace(to=end is not None)
            for row in self._execute(rows_of(to), {**key, **keys, "limit": self._left}):
                yield (*own, *key_in(scan, row)), row
                self._left -= 1
            if not self._left:
                return
            after = _AFTER_ALL if end is None else end
            if self._entries <= 0:
                self.stopped_at = (*own, after)
            if end is None or self.stopped_at is not None:
                return

    def _end_of_lines(self, shape: Shape, key: dict[str, Any], after: int) -> int | None:
        """The number with which a chunk of lines ends; None if all can be read at once."""
        if not shape.residual and not shape.scan.skips:
            return None
        chunk = self.query.search.statement
        statement = counted_chunk(shape._replace(residual=()), chunk)
        [row] = self._execute(statement, {**key, **_keys((after,), None)})
        count, last = tuple(row)
        self._entries -= max(count, _LOOKUP)
        return int(last) if count == chunk else None

    def _execute(self, statement: Any, parameters: dict[str, Any]) -> list[Row[Any]]:
        given = {"today": self.query.today, **self._values, **parameters}
        return [*self.connection.execute(statement, given)]


def _keys(after: Key, end: Key | None) -> dict[str, Any]:
    return {**key_parameters("after", after), **key_parameters("to", end)}
