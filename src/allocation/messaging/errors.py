"""What can go wrong between a message and its answer.

MessagingError
├── CatalogueError    the application's table of handlers is not whole
├── IdReused          an id that was seen before came with another message
├── HandlerFailed     a handler broke; nothing of its message has been kept
├── Conflict          somebody else changed the same things; try again
├── StoreUnavailable  the database cannot be reached or written
├── Busy              too many messages are waiting to be handled
├── Stopping          the process is about to end, and takes no more
├── UnknownDeadLetter no dead letter has this id
├── SchemaError       the database has not the tables that this program needs
└── Fatal             the process cannot go on: it ends
    └── StoreLost         the database's file has been removed or replaced
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


class UnknownDeadLetter(MessagingError):
    """No dead letter has this id."""

    code: ClassVar[str] = "unknown_dead_letter"

    def __init__(self, id: str) -> None:
        super().__init__(f"No dead letter has the id {id}")
        self.id = id


class SchemaError(MessagingError):
    """The database does not have the tables that this program needs."""

    code: ClassVar[str] = "schema_mismatch"


class Fatal(MessagingError):
    """The process cannot go on; what was not answered has not been taken, or can be asked again.

    Whatever raises one ends the worker, and with it the service.
    """

    code: ClassVar[str] = "fatal"


class StoreLost(Fatal):
    """The file that is written is no longer the one at the database's path.

    What was written since then is not acknowledged, and may be lost.
    """

    code: ClassVar[str] = "store_lost"
