"""Translates the drivers' errors into those of `messaging.errors`."""

from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import TimeoutError as PoolExhausted

from allocation.adapters.sql.engine import urls
from allocation.messaging.errors import Conflict, Locked, ReadOnlyStore, StoreUnavailable

SERIALIZATION_FAILURE: Final = "40001"
DEADLOCK_DETECTED: Final = "40P01"
READ_ONLY_TRANSACTION: Final = "25006"
LOCK_NOT_AVAILABLE: Final = "55P03"


def translate_error(error: BaseException | None, engine: Engine) -> Exception | None:
    """Translate an error of the driver or the pool; None for any other error."""
    driver: Any = engine.dialect.dbapi
    message = str(error).strip()
    state = getattr(error, "sqlstate", None)
    if isinstance(error, driver.IntegrityError) or state in (
        SERIALIZATION_FAILURE,
        DEADLOCK_DETECTED,
    ):
        # The domain checks its rules before writing, so a violated constraint means that
        # another transaction has committed in between.
        return Conflict(message)
    if state == LOCK_NOT_AVAILABLE:
        return Locked(message)
    if state == READ_ONLY_TRANSACTION:
        # Also after a primary has become a standby.
        reason = "the database is read-only (a standby, or default_transaction_read_only is on)"
        return ReadOnlyStore(f"{reason}: {message}", urls.shown(engine.url))
    # PostgreSQL raises InternalError if the transaction timed out while this process was stopped;
    # SQLite raises a plain DatabaseError for a damaged file or one that is not a database.
    unavailable = (
        driver.OperationalError,
        driver.InterfaceError,
        driver.InternalError,
        PoolExhausted,
    )
    if isinstance(error, unavailable) or type(error) is driver.DatabaseError:
        return StoreUnavailable(message, urls.shown(engine.url))
    return None


def translated_errors(engine: Engine) -> None:
    """Make the engine raise `Conflict` and `StoreUnavailable` instead of the driver's errors.

    They are translated at the source, so that a failed read in a handler does not look like a
    bug of the handler.
    """

    @event.listens_for(engine, "handle_error")
    def translate(context: ExceptionContext) -> None:
        if context.is_pre_ping:
            return  # the pool replaces a stale connection itself
        translated = translate_error(context.original_exception, engine)
        if translated is not None:
            raise translated from context.original_exception
