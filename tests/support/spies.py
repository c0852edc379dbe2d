"""Listening to what goes to a database and what comes back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import event

from allocation.adapters.sql.database import Database

_TRANSACTION: Final = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")


@dataclass
class Traffic:
    """The statements that were run, each with (its first) parameters, and the rows read."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    rows: int = 0

    @property
    def reads(self) -> int:
        """How many statements read."""
        return sum(statement.startswith("SELECT") for statement, _ in self.statements)


@contextmanager
def overheard(database: Database) -> Iterator[Traffic]:
    """Listen as long as this is open."""
    traffic = Traffic()

    def note(
        _connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if statement.startswith(_TRANSACTION):
            return
        first = parameters[0] if many else parameters
        traffic.statements.append((statement, first))
        if statement.startswith("SELECT"):
            traffic.rows += _rows_given(database, cursor, statement, first)

    event.listen(database.engine, "after_cursor_execute", note)
    try:
        yield traffic
    finally:
        event.remove(database.engine, "after_cursor_execute", note)


def _rows_given(database: Database, cursor: Any, statement: str, parameters: Any) -> int:
    if not database.is_sqlite:
        return int(cursor.rowcount)
    # SQLite does not know it beforehand.
    count = f"SELECT count(*) FROM ({statement})"
    return int(cursor.connection.cursor().execute(count, parameters).fetchone()[0])
