"""Waiting until no message of a database is unfinished."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, select, update

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages
from tests.support.waiting import wait_until

_WAITING: Final = messages.c.status.in_(("pending", "outgoing"))

TIMEOUT: Final = 420.0
"""Seconds. A mail that a killed server had in hand is not touched by others for two minutes,
and one that has failed often is not tried again for as long."""


def until_all_is_done(url: str, *, let_time_pass_after: float = TIMEOUT) -> bool:
    """Wait until nothing in the log is pending or outgoing; whether it came to that.

    What is left for later may become due at once after a while, as if that time had passed.
    """
    database = Database(url)
    try:
        if _waited_for(database, let_time_pass_after):
            return True
        if let_time_pass_after < TIMEOUT:
            _let_time_pass(database)
            return _waited_for(database, TIMEOUT)
        return False  # the audit tells what it is
    finally:
        database.close()


def unfinished(database: Database) -> int:
    """Messages that are pending or outgoing."""
    with database.reading() as connection:
        return connection.execute(select(func.count()).where(_WAITING)).scalar_one()


def _waited_for(database: Database, patience: float) -> bool:
    try:
        wait_until(
            lambda: unfinished(database) == 0, "all is done", patience=patience, look_again=0.2
        )
    except AssertionError:
        return False
    return True


def _let_time_pass(database: Database) -> None:
    with database.writing(snapshot=False) as connection:
        due = messages.c.due.is_not(None)
        now = datetime.now(UTC)  # whatever the clock said of whoever wrote it
        connection.execute(update(messages).where(_WAITING, due).values(due=now))
        connection.commit()
