"""Listening to what goes to a database and what comes back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import event

from allocation.adapters.sql.engine.compiled_query import CompiledQuery
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.transaction_connection import Rows, TransactionConnection

_TRANSACTION: Final = ("BEGIN", "COMMIT", "ROLLBACK", "SET LOCAL", "SELECT pg_advisory_xact_lock")


@dataclass
class Traffic:
    """The statements that were run, each with (its first) parameters, and the rows read."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    rows: int = 0

    @property
    def reads(self) -> int:
        """How many statements read."""
        return sum(statement.startswith("SELECT") for statement, _ in self.statements)

    def note(self, statement: str, parameters: Any) -> None:
        """Take note of a statement."""
        if not statement.startswith(_TRANSACTION):
            self.statements.append((statement, parameters))


class TappedDatabase(Database):
    """A database to whose drivers and connections somebody may listen."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.listening: Traffic | None = None
        event.listen(self.engine, "before_cursor_execute", self._hear)

    def new_transaction_connection(self) -> TransactionConnection:
        return _TappedDriver(self)

    def _hear(self, connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if self.listening:
            self.listening.note(statement, parameters)


class _TappedDriver(TransactionConnection):
    def __init__(self, database: TappedDatabase) -> None:
        super().__init__(database.engine)
        self._database = database

    def fetch_all(
        self, compiled: CompiledQuery, parameters: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        rows = super().fetch_all(compiled, parameters)
        if self._database.listening:
            self._database.listening.note(compiled.statement, {**compiled.constants, **parameters})
            self._database.listening.rows += len(rows)
        return rows

    def execute(self, statement: str, parameters: Any = (), *, rows: int | None = None) -> None:
        if self._database.listening:
            self._database.listening.note(statement, parameters)
        super().execute(statement, parameters, rows=rows)

    def execute_many(self, statement: str, values: Rows, *, rows: int | None = None) -> None:
        if self._database.listening:
            self._database.listening.note(statement, values[0])
        super().execute_many(statement, values, rows=rows)


@contextmanager
def overheard(database: Database) -> Iterator[Traffic]:
    """Listen as long as this is open."""
    assert isinstance(database, TappedDatabase)
    database.listening = traffic = Traffic()
    try:
        yield traffic
    finally:
        database.listening = None
