"""How each database says that a statement concerns many rows.

The keys of a look-up travel as one JSON text: on SQLite `(a, b) IN (VALUES …)` would scan the
whole table, and to make PostgreSQL's arrays takes longer. SQLite gets new rows many to a
statement, which takes half the time of the driver's own batch, and changed ones as such a
batch, which takes less than a join with their values; PostgreSQL gets them as one JSON text,
which takes a third of the time of arrays.
"""

import abc
from collections.abc import Sequence
from enum import Enum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Table

from allocation.adapters.sql.engine.transaction_connection import Rows, TransactionConnection

Names = tuple[str, ...]
Values = Sequence[Sequence[Any]]
"""Columns, not rows."""


class Numbered(NamedTuple):
    """How the rows of a table are numbered, and by which column they are known before that."""

    number: str
    key: str


class Lock(Enum):
    """Which of the rows that are looked up are locked until the transaction ends."""

    ROWS = "rows"
    """All of them; whoever has one locked is waited for."""
    FREE_ROWS = "free rows"
    """Those that nobody has locked; the others are left out."""


class Dialect(abc.ABC):
    """What a database is told."""

    def keys(self, keys: Rows) -> dict[str, Any]:
        """The parameters of a look-up."""
        return {"keys": msgspec.json.encode(keys).decode()}

    @abc.abstractmethod
    def select(self, table: Table, columns: Names, by: Names, *, lock: Lock | None) -> str:
        """A look-up of the rows that have one of many keys."""

    @abc.abstractmethod
    def insert(
        self,
        driver: TransactionConnection,
        table: Table,
        columns: Names,
        values: Values,
        on_conflict: str = "",
    ) -> None:
        """New rows, in their order; `on_conflict` says what to do with those that are there."""

    @abc.abstractmethod
    def append(
        self,
        driver: TransactionConnection,
        table: Table,
        columns: Names,
        values: Values,
        numbered: Numbered,
    ) -> None:
        """New rows that the database numbers in their order.

        Where several write at once, they wait for each other's keys in the order of the keys, so
        that no two wait for each other for ever.
        """

    @abc.abstractmethod
    def update(
        self, driver: TransactionConnection, table: Table, columns: Names, by: Names, values: Values
    ) -> None:
        """New values for the rows that have these keys.

        Raises:
            Conflict: there is none for some key.
        """
