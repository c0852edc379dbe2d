"""Every error of this program, in one place.

Refusal (`domain.errors`): the rules do not allow the request.
├── InvalidValue
├── InvalidSku
├── UnknownBatch
├── BatchConflict
├── LineConflict
└── AlreadyAllocated

MessagingError (`messaging.errors`): the machinery could not do it.
├── IdReused
├── Conflict
├── StoreUnavailable
├── Busy
├── Stopping
├── UnknownDeadLetter
├── SchemaError
├── UnsupportedDatabase
├── NotADatabase
├── NoSuchDatabase
├── Fatal
└── Fault
    ├── CatalogueError
    ├── HandlerFailed
    ├── HandlerExited
    ├── UnrecordableResult
    ├── NestedTransaction
    └── WorkerFailed

ConfigError (`config`): a setting that cannot be.

InputError (here): what an entrypoint was given cannot be used.
├── InvalidBody (`entrypoints.http.body`)
├── UnreadableFile (`entrypoints.cli.rows`)
├── UnusableFile (`entrypoints.cli.files`)
├── UnusablePath (`entrypoints.cli.rejects`)
└── UnusableAddress (`entrypoints.cli.serving`)

Each has a `code` that never changes. A caller can meet whatever is `EXPECTED`, but for a `Fault`,
which is a fault of the program like every other exception.
"""

from typing import ClassVar, Final

from allocation.config import ConfigError
from allocation.domain.errors import (
    AlreadyAllocated,
    BatchConflict,
    InvalidSku,
    InvalidValue,
    LineConflict,
    Refusal,
    UnknownBatch,
)
from allocation.messaging.errors import (
    Busy,
    CatalogueError,
    Conflict,
    Fatal,
    Fault,
    HandlerExited,
    HandlerFailed,
    IdReused,
    MessagingError,
    NestedTransaction,
    NoSuchDatabase,
    NotADatabase,
    SchemaError,
    Stopping,
    StoreUnavailable,
    UnknownDeadLetter,
    UnrecordableResult,
    UnsupportedDatabase,
    WorkerFailed,
)

__all__ = [
    "EXPECTED",
    "AlreadyAllocated",
    "BatchConflict",
    "Busy",
    "CatalogueError",
    "ConfigError",
    "Conflict",
    "Fatal",
    "Fault",
    "HandlerExited",
    "HandlerFailed",
    "IdReused",
    "InputError",
    "InvalidSku",
    "InvalidValue",
    "LineConflict",
    "MessagingError",
    "NestedTransaction",
    "NoSuchDatabase",
    "NotADatabase",
    "Refusal",
    "SchemaError",
    "Stopping",
    "StoreUnavailable",
    "UnknownBatch",
    "UnknownDeadLetter",
    "UnrecordableResult",
    "UnsupportedDatabase",
    "WorkerFailed",
]


class InputError(ValueError):
    """What an entrypoint was given cannot be used; nothing has been done."""

    code: ClassVar[str] = "invalid_input"


EXPECTED: Final = (Refusal, MessagingError, ConfigError, InputError)
"""The families."""
