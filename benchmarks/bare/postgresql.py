"""A group in PostgreSQL: columns as arrays through `unnest`, sent in a pipeline."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from psycopg import IsolationLevel

from benchmarks.bare.rows import Group

_SEPARATOR: Final = "\x1f"
"""Between the values of a column: no name has control characters, and JSON escapes them."""


def _columns_of(kinds: str) -> str:
    """Parameters that are columns: `t` of texts, where an empty one is NULL, `n` of integers.

    Each is one text, and not a list: psycopg takes 3 microseconds for every element.
    """
    split = "string_to_array(%s, e'\\x1f', '')"
    return f"unnest({', '.join(split if kind == 't' else f'{split}::bigint[]' for kind in kinds)})"


_LINES: Final = (
    f"SELECT l.batchref FROM {_columns_of('tt')} AS k (sku, orderid)"
    " JOIN order_lines l ON l.sku = k.sku AND l.orderid = k.orderid"
)
_MESSAGES: Final = (
    f"SELECT m.status FROM {_columns_of('t')} AS k (id) JOIN messages m ON m.id = k.id"
)
_PRODUCTS: Final = (
    "UPDATE products p SET version_number = k.version, last_number = k.number"
    f" FROM {_columns_of('nntn')} AS k (version, number, sku, read)"
    " WHERE p.sku = k.sku AND p.version_number = k.read"
)
_BATCHES: Final = (
    "UPDATE batches b SET allocated_quantity = k.allocated"
    f" FROM {_columns_of('nt')} AS k (allocated, reference) WHERE b.reference = k.reference"
)
_NEW_LINES: Final = (
    "INSERT INTO order_lines (sku, orderid, qty, batchref, position, promise)"
    f" SELECT * FROM {_columns_of('ttntnn')}"
)
_NEW_MESSAGES: Final = (
    "INSERT INTO messages"
    " (id, type, body, correlation_id, causation_id, results, ordering_key, at, status, attempts)"
    f" SELECT k.*, %s::timestamptz, 'handled', 0 FROM {_columns_of('ttttttt')} AS k"
)


class BareWriter:
    """One connection; what is looked up is awaited, what is written is sent in one go."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, prepare_threshold=1)
        # Plans are kept from when the tables were small, and would then read all of them.
        self._connection.execute("SET enable_seqscan = off")
        self._connection.commit()
        self._connection.isolation_level = IsolationLevel.REPEATABLE_READ
        self._messages, self._lines = self._connection.cursor(), self._connection.cursor()
        self._products, self._writing = self._connection.cursor(), self._connection.cursor()

    def write(self, group: Group) -> None:
        """One transaction, durable when this returns."""
        with self._connection.pipeline():
            self._messages.execute(_MESSAGES, _columns([(id,) for id in group.ids]))
            keys = [(order.sku, order.orderid) for order in group.orders]
            self._lines.execute(_LINES, _columns(keys))
            if self._messages.fetchall() or self._lines.fetchall():
                raise RuntimeError("it was there before")
            self._products.execute(_PRODUCTS, _columns(group.products))
            self._writing.execute(_BATCHES, _columns(group.batches))
            self._writing.execute(_NEW_LINES, _columns(group.lines))
            at = datetime.now(UTC)
            self._writing.execute(_NEW_MESSAGES, [at, *_columns(group.messages)])
            self._connection.commit()
        if self._products.rowcount != len(group.products):
            raise RuntimeError("somebody else has changed a product")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    return [_SEPARATOR.join(map(_text, column)) for column in zip(*rows, strict=True)]


def _text(value: str | int | None) -> str:
    return "" if value is None else str(value)
