"""The interface of the bulk SQL dialects.

The keys of a query are passed as one JSON text: on SQLite, `(a, b) IN (VALUES …)` would scan the
whole table; on PostgreSQL, building arrays takes longer. On SQLite, rows are inserted by multi-row
statements, in half the time of `executemany`, and updated by `executemany`, which is faster than a
join with the values. On PostgreSQL, both are passed as one JSON text, in a third of the time of
arrays.
"""

import abc
from collections.abc import Sequence
from enum import Enum
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Table

from allocation.adapters.sql.engine.transaction_connection import TransactionConnection

Names = tuple[str, ...]
Values = Sequence[Sequence[Any]]
"""Values by column, not by row."""


class Lock(Enum):
    """The rows of a look-up to lock until the transaction ends."""

    ROWS = "rows"
    """All rows; the statement waits for the locks of other transactions."""
    FREE_ROWS = "free rows"
    """Rows that no other transaction has locked; locked rows are left out of the result."""


class LookUp(NamedTuple):
    """A query for rows by many keys: the result columns, and the key columns `by`."""

    columns: Names
    by: Names
    where: str = ""
    """An additional SQL condition on the rows; it calls the table `t`."""
    lock: Lock | None = None
    """Whether rows are locked until the transaction ends, and which."""
    with_locker: bool = False
    """Whether each row ends with the id of the last transaction that has locked or changed it.

    None stands for a transaction that waits for a lock itself.
    """


class Numbered(NamedTuple):
    """The column that numbers the rows of a table, and the column that identifies a new row."""

    number: str
    key: str


class Dialect(abc.ABC):
    """The bulk SQL of one database."""

    locks_rows: ClassVar[bool]
    """Whether transactions lock single rows."""

    @abc.abstractmethod
    def select(self, table: Table, look_up: LookUp) -> str:
        """The SQL that selects the rows with any of the given keys.

        Its parameter `keys` is a JSON list of the keys.
        """

    @abc.abstractmethod
    def insert(
        self,
        driver: TransactionConnection,
        table: Table,
        columns: Names,
        values: Values,
        on_conflict: str = "",
    ) -> None:
        """Insert rows in order; `on_conflict` is appended to the statement."""

    @abc.abstractmethod
    def append(
        self,
        driver: TransactionConnection,
        table: Table,
        columns: Names,
        values: Values,
        numbered: Numbered,
    ) -> None:
        """Insert rows that the database numbers in order.

        Concurrent writers wait for each other's keys in key order, which avoids deadlocks.
        """

    @abc.abstractmethod
    def update(
        self, driver: TransactionConnection, table: Table, columns: Names, by: Names, values: Values
    ) -> None:
        """Update the rows with these keys, of which nullable columns may be None.

        Raises:
            Conflict: no row has one of the keys.
        """

    @abc.abstractmethod
    def delete(
        self, driver: TransactionConnection, table: Table, by: Names, values: Values
    ) -> None:
        """Delete the rows with these keys, if they exist."""
