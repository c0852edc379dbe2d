"""What a driver raises, in the machinery's words."""

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
    """What this error of the driver is to us; None for one that is neither its nor the pool's."""
    driver: Any = engine.dialect.dbapi
    told = str(error).strip()
    state = getattr(error, "sqlstate", None)
    if isinstance(error, driver.IntegrityError) or state in (
        SERIALIZATION_FAILURE,
        DEADLOCK_DETECTED,
    ):
        # The rules refuse what cannot be before it is written; what a constraint
        # refuses was made impossible by somebody else's commit in between.
        return Conflict(told)
    if state == LOCK_NOT_AVAILABLE:
        return Locked(told)
    if state == READ_ONLY_TRANSACTION:
        # Of a primary that has become a standby, too.
        why = "the database can be read only (a standby, or default_transaction_read_only is on)"
        return ReadOnlyStore(f"{why}: {told}", urls.shown(engine.url))
    # PostgreSQL's InternalError: the transaction timed out while this process was stopped. SQLite
    # says of a file that is no database, or a broken one, no more than DatabaseError.
    unavailable = (
        driver.OperationalError,
        driver.InterfaceError,
        driver.InternalError,
        PoolExhausted,
    )
    if isinstance(error, unavailable) or type(error) is driver.DatabaseError:
        return StoreUnavailable(told, urls.shown(engine.url))
    return None


def translated_errors(engine: Engine) -> None:
    """Let whatever runs on the engine raise `Conflict` and `StoreUnavailable`.

    At the source, so that a handler's read is not mistaken for a handler's fault.
    """

    @event.listens_for(engine, "handle_error")
    def translate(context: ExceptionContext) -> None:
        if context.is_pre_ping:
            return  # the pool finds out that a connection is stale, and opens another
        told = translate_error(context.original_exception, engine)
        if told is not None:
            raise told from context.original_exception
