"""What is still to be done, seen from outside, and waiting for the end of it."""

from sqlalchemy import func, select

from allocation.adapters.sql.database import Database
from allocation.adapters.sql.schema import messages
from tests.support.waiting import until

PATIENCE = 420.0
"""Seconds. A mail that a killed server had in hand is not touched by others for two minutes,
and one that has failed often is not tried again for as long."""


def until_all_is_done(url: str) -> bool:
    """Wait until nothing in the log is pending or outgoing; whether it came to that."""
    database = Database(url)
    try:
        until(lambda: unfinished(database) == 0, "all is done", patience=PATIENCE, look_again=0.2)
    except AssertionError:
        return False  # the audit tells what it is
    finally:
        database.close()
    return True


def unfinished(database: Database) -> int:
    """Messages that are pending or outgoing."""
    waiting = messages.c.fate.in_(("pending", "outgoing"))
    with database.reading() as connection:
        return connection.execute(select(func.count()).where(waiting)).scalar_one()
