"""What a driver raises, in the machinery's words."""

from typing import Final

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DatabaseError, IntegrityError, InterfaceError, OperationalError

from allocation.messaging.errors import Conflict, StoreUnavailable

SERIALIZATION_FAILURE: Final = "40001"
DEADLOCK_DETECTED: Final = "40P01"


def speak_our_words(engine: Engine) -> None:
    """Let whatever runs on the engine raise `Conflict` and `StoreUnavailable`.

    At the source, so that a handler's read is not mistaken for a handler's fault.
    """

    @event.listens_for(engine, "handle_error")
    def translate(context: ExceptionContext) -> None:
        if context.is_pre_ping:
            return  # the pool finds out that a connection is stale, and opens another
        if not isinstance(context.original_exception, Exception):
            return  # an interruption is no trouble with the database
        error = context.sqlalchemy_exception
        told = str(context.original_exception).strip()
        state = getattr(context.original_exception, "sqlstate", None)
        if isinstance(error, IntegrityError) or state in (SERIALIZATION_FAILURE, DEADLOCK_DETECTED):
            # The rules refuse what cannot be before it is written; what a constraint
            # refuses was made impossible by somebody else's commit in between.
            raise Conflict(told) from context.original_exception
        # SQLite says of a file that is no database, or a broken one, no more than that.
        unusable = isinstance(error, (OperationalError, InterfaceError)) or (
            type(error) is DatabaseError
        )
        if unusable or context.is_disconnect:
            where = engine.url.render_as_string(hide_password=True)
            raise StoreUnavailable(told, where) from context.original_exception
