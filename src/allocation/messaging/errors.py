"""What can go wrong between a message and its answer.

MessagingError
├── IdReused             an id that was seen before came with another message
├── Conflict             somebody else changed the same things; try again
│   └── Locked              somebody else keeps locked what a message concerns
├── StoreUnavailable     the database cannot be reached or written
│   ├── ReadOnlyStore       the database can be read only
│   └── UnsupportedServer   the server is too old, or set up so that it cannot be used
├── Busy                 too many messages are waiting to be handled
├── Stopping             the process is about to end, and takes no more
├── DeliveryRefused      whoever is to be given a message does not take it, and will not later
├── DeliverySkipped      there is nobody to be given a message
├── UnknownDeadLetter    no dead letter has this id
├── SchemaError          the database has not the tables that this program needs
├── UnsupportedDatabase  a URL that names no database that can be used
├── UnsupportedSQLite    a SQLite library that lacks what is needed
├── NotADatabase         the file holds something else
├── NoSuchDatabase       there is no such file, and it is not to be made
├── Fatal                the process cannot go on: it ends
│   └── StoreLost           the database's file has been removed or replaced
└── Fault                a fault of the program, not of who asks
    ├── RegistryError       the application's table of handlers is not whole
    ├── HandlerFailed        a handler broke; nothing of its message has been kept
    ├── HandlerExited        a handler raised what ends a process
    ├── UnrecordableResult   a handler returned what the log would give back as something else
    ├── NestedTransaction    a handler has asked for a transaction inside its own
    └── WorkerFailed         the worker has come to an end, and the service with it
"""

from typing import ClassVar


class MessagingError(Exception):
    """The base of all these."""

    code: ClassVar[str] = "messaging_error"
    """What a program tells the error by: it never changes, whatever the message says."""


class IdReused(MessagingError):
    """An id came again, with a message that is not the one it came with first."""

    code: ClassVar[str] = "id_reused"

    def __init__(self, id: str) -> None:
        super().__init__(f"The id {id} was used before, for another message")
        self.id = id


class Conflict(MessagingError):
    """What was read has been changed by somebody else before it could be written."""

    code: ClassVar[str] = "conflict"


class Locked(Conflict):
    """Somebody else keeps locked what the message concerns; it may be sent again."""

    code: ClassVar[str] = "locked"

    def __init__(self, reason: str = "somebody else keeps it locked") -> None:
        super().__init__(f"What the message concerns cannot be changed now: {reason}; try again")


class StoreUnavailable(MessagingError):
    """The database cannot be reached, or cannot be written now; `where` names it."""

    code: ClassVar[str] = "store_unavailable"

    def __init__(self, told: str, where: str | None = None) -> None:
        super().__init__(told)
        self.where = where


class ReadOnlyStore(StoreUnavailable):
    """The database can be read, but not written: a standby, or one that is set to read only."""

    code: ClassVar[str] = "store_read_only"


class UnsupportedServer(StoreUnavailable):
    """The database server is too old, or is set up so that it cannot be used."""

    code: ClassVar[str] = "unsupported_server"


class Busy(MessagingError):
    """Too many messages are waiting; this one was not taken, and may be sent again."""

    code: ClassVar[str] = "busy"

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} messages are waiting already; try again soon")


class Stopping(MessagingError):
    """The process is about to end; the message was not taken, and may be sent again."""

    code: ClassVar[str] = "stopping"

    def __init__(self) -> None:
        super().__init__("The service is stopping; try again soon")


class DeliveryRefused(MessagingError):
    """Raised by a handler outside: the receiver has refused the message for good.

    It is tried a few times more, since not every such answer is true, and given up then.
    """

    code: ClassVar[str] = "delivery_refused"


class DeliverySkipped(MessagingError):
    """Raised by a handler outside: no receiver is configured; the log keeps why.

    The message is done with that.
    """

    code: ClassVar[str] = "delivery_skipped"


class UnknownDeadLetter(MessagingError):
    """No dead letter has this id."""

    code: ClassVar[str] = "unknown_dead_letter"

    def __init__(self, id: str) -> None:
        super().__init__(f"No dead letter has the id {id}")
        self.id = id


class SchemaError(MessagingError):
    """The database does not have the tables that this program needs."""

    code: ClassVar[str] = "schema_mismatch"


class UnsupportedDatabase(MessagingError):
    """A URL that names no database that can be used; it shows no password."""

    code: ClassVar[str] = "unsupported_database"

    def __init__(self, shown: str, reason: str) -> None:
        super().__init__(f"database {shown!r} {reason}")


class UnsupportedSQLite(MessagingError):
    """A SQLite library that lacks what this program needs."""

    code: ClassVar[str] = "unsupported_sqlite"


class NotADatabase(MessagingError):
    """A file that holds something else, or a folder."""

    code: ClassVar[str] = "not_a_database"

    def __init__(self, path: object) -> None:
        super().__init__(f"{path} is no SQLite database")


class NoSuchDatabase(MessagingError):
    """There is no such file, and it is not to be made; or no folder for it."""

    code: ClassVar[str] = "no_such_database"


class Fatal(MessagingError):
    """The process cannot go on; what was not answered has not been taken, or can be asked again.

    Whatever raises one ends the worker, and with it the service. It is no fault of the program.
    """

    code: ClassVar[str] = "fatal"


class StoreLost(Fatal):
    """The file that is written is no longer the one at the database's path.

    What was written since then is not acknowledged, and may be lost.
    """

    code: ClassVar[str] = "store_lost"


class Fault(MessagingError):
    """A fault of the program: nobody who asks can mend it, and its traceback is in the log."""

    code: ClassVar[str] = "fault"


class RegistryError(Fault):
    """A message without a handler, or a handler without a message."""

    code: ClassVar[str] = "catalogue_not_whole"


class HandlerFailed(Fault):
    """A handler raised what it should not have; its `__cause__` says what."""

    code: ClassVar[str] = "handler_failed"

    def __init__(self, id: str, error: BaseException) -> None:
        super().__init__(f"Message {id} failed: {type(error).__name__}: {error}")
        self.id = id


class HandlerExited(Fault):
    """A handler raised what is no `Exception`, such as SystemExit; its `__cause__` says what."""

    code: ClassVar[str] = "handler_exited"

    def __init__(self, id: str, error: BaseException) -> None:
        super().__init__(f"The handler of message {id} raised {error!r}, which ends the process")
        self.id = id


class UnrecordableResult(Fault):
    """A handler returned what the log could not give back as it was."""

    code: ClassVar[str] = "unrecordable_result"

    def __init__(self, value: object) -> None:
        super().__init__(
            f"a handler returned {value!r:.80} ({type(value).__name__}): a result is a text, a "
            "number, true, false, None, or a list or a dict of such"
        )


class NestedTransaction(Fault):
    """A transaction that writes was asked for inside another one, which it would wait for."""

    code: ClassVar[str] = "nested_transaction"

    def __init__(self) -> None:
        super().__init__(
            "a transaction is open here already: a handler changes state by its unit of work "
            "and raises events, and what it does beside them would wait for it"
        )


class WorkerFailed(Fault):
    """The worker has come to an end, of which the log tells; its `__cause__` says by what."""

    code: ClassVar[str] = "worker_failed"

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"the worker has come to an end: {error!r}")
