"""Listening to what goes to a database and what comes back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import event

from allocation.adapters.sql.database import Database
from allocation.adapters.sql.driver import Driver, Rows
from allocation.adapters.sql.questions import Question

_TRANSACTION: Final = ("BEGIN", "COMMIT", "ROLLBACK", "SELECT pg_advisory_xact_lock")


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

    def new_driver(self) -> Driver:
        return _TappedDriver(self)

    def _hear(self, connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if self.listening:
            self.listening.note(statement, parameters)


class _TappedDriver(Driver):
    def __init__(self, database: TappedDatabase) -> None:
        super().__init__(database.engine)
        self._database = database

    def ask(self, question: Question, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        rows = super().ask(question, parameters)
        if self._database.listening:
            self._database.listening.note(question.statement, {**question.constants, **parameters})
            self._database.listening.rows += len(rows)
        return rows

    def run(self, statement: str, parameters: Any = (), *, rows: int | None = None) -> None:
        if self._database.listening:
            self._database.listening.note(statement, parameters)
        super().run(statement, parameters, rows=rows)

    def run_for_each(self, statement: str, values: Rows, *, rows: int | None = None) -> None:
        if self._database.listening:
            self._database.listening.note(statement, values[0])
        super().run_for_each(statement, values, rows=rows)


@contextmanager
def overheard(database: Database) -> Iterator[Traffic]:
    """Listen as long as this is open."""
    assert isinstance(database, TappedDatabase)
    database.listening = traffic = Traffic()
    try:
        yield traffic
    finally:
        database.listening = None
