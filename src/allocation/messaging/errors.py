"""Errors of handling a message, storing it, and delivering it.

MessagingError
├── IdReused             the id was used before, for another message
├── Conflict             another writer changed the same rows; try again
│   └── Locked              another transaction keeps the rows of a message locked
├── StoreUnavailable     the database cannot be reached or written
│   ├── ReadOnlyStore       the database is read-only
│   └── UnsupportedServer   the version or configuration of the server is not supported
├── Busy                 too many messages are waiting to be handled
├── Stopping             the process is shutting down and takes no more messages
├── DeliveryRefused      the receiver refuses the message permanently
├── DeliverySkipped      no receiver is configured for the message
├── UnknownDeadLetter    no dead letter has this id
├── NotDiscardable       the dead letter continues an unfinished change
├── Fatal                the process cannot continue and exits
│   └── StoreLost           the database file has been removed or replaced
└── Fault                a bug of the program, not a mistake of the caller
    ├── RegistryError       the application's registry is incomplete
    ├── HandlerFailed        a handler failed; its message was rolled back
    ├── HandlerExited        a handler raised SystemExit or the like
    ├── UnrecordableResult   a handler returned a value that the log cannot store
    ├── NestedTransaction    a handler opened a transaction inside its own
    ├── LostChange           a handler changed state in a way that is not stored
    └── WorkerFailed         the worker has stopped, and the service with it
"""

from typing import ClassVar


class MessagingError(Exception):
    """The base class of the errors of this package."""

    code: ClassVar[str] = "messaging_error"
    """Identifies the error to programs; unlike the message, it never changes."""


class IdReused(MessagingError):
    """The id was used before, for another message."""

    code: ClassVar[str] = "id_reused"

    def __init__(self, id: str) -> None:
        super().__init__(f"The id {id} was used before, for another message")
        self.id = id


class Conflict(MessagingError):
    """Another writer changed the same rows between read and write."""

    code: ClassVar[str] = "conflict"


class Locked(Conflict):
    """Another transaction keeps rows of the message locked; the message may be sent again."""

    code: ClassVar[str] = "locked"

    def __init__(self, reason: str = "another transaction keeps its rows locked") -> None:
        super().__init__(f"The message cannot be handled now: {reason}; try again")


class StoreUnavailable(MessagingError):
    """The database cannot be reached or written now; `where` names the database."""

    code: ClassVar[str] = "store_unavailable"

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(message)
        self.where = where


class ReadOnlyStore(StoreUnavailable):
    """The database can be read but not written: a standby, or configured as read-only."""

    code: ClassVar[str] = "store_read_only"


class UnsupportedServer(StoreUnavailable):
    """The version or configuration of the database server is not supported."""

    code: ClassVar[str] = "unsupported_server"


class Busy(MessagingError):
    """Too many messages are waiting; this one was not accepted and may be sent again."""

    code: ClassVar[str] = "busy"

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} messages are already waiting; try again soon")


class Stopping(MessagingError):
    """The process is shutting down; the message was not accepted and may be sent again."""

    code: ClassVar[str] = "stopping"

    def __init__(self) -> None:
        super().__init__("The service is stopping; try again soon")


class DeliveryRefused(MessagingError):
    """Raised by an outbox handler: the receiver refuses the message permanently.

    The message is tried a few more times, since such replies are not always right, and then
    becomes a dead letter.
    """

    code: ClassVar[str] = "delivery_refused"


class DeliverySkipped(MessagingError):
    """Raised by an outbox handler: no receiver is configured.

    The message counts as handled; the log keeps the reason.
    """

    code: ClassVar[str] = "delivery_skipped"


class UnknownDeadLetter(MessagingError):
    """No dead letter has this id."""

    code: ClassVar[str] = "unknown_dead_letter"

    def __init__(self, id: str) -> None:
        super().__init__(f"No dead letter has the id {id}")
        self.id = id


class NotDiscardable(MessagingError):
    """The dead letter continues a change that would stay unfinished without it."""

    code: ClassVar[str] = "not_discardable"

    def __init__(self, id: str) -> None:
        super().__init__(
            f"The dead letter {id} is a continuation: without it, a change would stay unfinished; "
            "replay it instead"
        )
        self.id = id


class Fatal(MessagingError):
    """The process cannot continue; requests without an answer can be sent again.

    The error ends the worker, and with it the service. It is not a bug of the program.
    """

    code: ClassVar[str] = "fatal"


class StoreLost(Fatal):
    """The open database file is no longer the file at the database's path.

    Writes since then are not acknowledged, and may be lost.
    """

    code: ClassVar[str] = "store_lost"


class Fault(MessagingError):
    """A bug of the program: no caller can correct it; the log has its traceback."""

    code: ClassVar[str] = "fault"


class RegistryError(Fault):
    """An entry of the registry is missing or incomplete, or contradicts another one."""

    code: ClassVar[str] = "registry_error"


class HandlerFailed(Fault):
    """A handler raised an unexpected exception, which is the `__cause__` of this error."""

    code: ClassVar[str] = "handler_failed"

    def __init__(self, id: str, error: BaseException) -> None:
        super().__init__(f"Message {id} failed: {type(error).__name__}: {error}")
        self.id = id


class HandlerExited(Fault):
    """A handler raised a `BaseException` such as SystemExit, the `__cause__` of this error."""

    code: ClassVar[str] = "handler_exited"

    def __init__(self, id: str, error: BaseException) -> None:
        super().__init__(f"The handler of message {id} raised {error!r}, which ends the process")
        self.id = id


class UnrecordableResult(Fault):
    """A handler returned a value that the log cannot store and load unchanged."""

    code: ClassVar[str] = "unrecordable_result"

    def __init__(self, value: object) -> None:
        super().__init__(
            f"a handler returned {value!r:.80} ({type(value).__name__}): a result must be a "
            "string, a number, a boolean, None, or a list or dict of these"
        )


class NestedTransaction(Fault):
    """A handler opened a write transaction inside its own, which would deadlock."""

    code: ClassVar[str] = "nested_transaction"

    def __init__(self) -> None:
        super().__init__(
            "a transaction is already open here: a handler changes state through its unit of "
            "work and raises events; a second transaction would wait for the first"
        )


class LostChange(Fault):
    """A handler changed state in a way that is not stored; the change was rolled back."""

    code: ClassVar[str] = "lost_change"

    def __init__(self, changed: object, reason: str) -> None:
        super().__init__(f"{changed!r} has changed, but {reason}")


class WorkerFailed(Fault):
    """The worker has stopped because of an error, the `__cause__` of this one."""

    code: ClassVar[str] = "worker_failed"

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"the worker has failed: {error!r}")
