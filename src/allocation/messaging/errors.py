"""What can go wrong between a message and its answer.

MessagingError
├── CatalogueError    the application's table of handlers is not whole
├── IdReused          an id that was seen before came with another message
├── HandlerFailed     a handler broke; nothing of its message has been kept
├── Conflict          somebody else changed the same things; try again
├── StoreUnavailable  the database cannot be reached or written
│   ├── ReadOnlyStore      the database can be read only
│   └── UnsupportedServer  the database server is too old, or is set up so that it cannot be used
├── Busy              too many messages are waiting to be handled
├── Stopping          the process is about to end, and takes no more
├── DeliveryRefused   whoever is to be given a message does not take it, and will not later
├── DeliverySkipped   there is nobody to be given a message
├── UnknownDeadLetter no dead letter has this id
└── SchemaError       the database has not the tables that this program needs
"""

from typing import ClassVar


class MessagingError(Exception):
    """The base of all these."""

    code: ClassVar[str] = "messaging_error"
    """What a program tells the error by: it never changes, whatever the message says."""


class CatalogueError(MessagingError):
    """A message without a handler, or a handler without a message."""

    code: ClassVar[str] = "catalogue_not_whole"


class IdReused(MessagingError):
    """An id came again, with a message that is not the one it came with first."""

    code: ClassVar[str] = "id_reused"

    def __init__(self, id: str) -> None:
        super().__init__(f"The id {id} was used before, for another message")
        self.id = id


class HandlerFailed(MessagingError):
    """A handler raised what it should not have; its `__cause__` says what."""

    code: ClassVar[str] = "internal_error"

    def __init__(self, id: str, error: BaseException) -> None:
        super().__init__(f"Message {id} failed: {type(error).__name__}: {error}")
        self.id = id


class Conflict(MessagingError):
    """What was read has been changed by somebody else before it could be written."""

    code: ClassVar[str] = "conflict"


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
