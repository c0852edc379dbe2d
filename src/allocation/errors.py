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
│   └── Locked
├── StoreUnavailable
│   ├── ReadOnlyStore
│   └── UnsupportedServer
├── Busy
├── Stopping
├── DeliveryRefused
├── DeliverySkipped
├── UnknownDeadLetter
├── SchemaError
├── UnsupportedDatabase
├── UnsupportedSQLite
├── NotADatabase
├── NoSuchDatabase
├── UnusableCopy (`messaging.copy_errors`)
├── DamagedDatabase (`messaging.copy_errors`)
├── DatabaseInUse (`messaging.copy_errors`)
├── SqliteOnly (`messaging.copy_errors`)
├── Fatal
│   └── StoreLost
└── Fault
    ├── RegistryError
    ├── HandlerFailed
    ├── HandlerExited
    ├── UnrecordableResult
    ├── NestedTransaction
    └── WorkerFailed

ConfigError (`config`): a setting that cannot be.

InputError (here): what an entrypoint was given cannot be used.
├── HttpError (`entrypoints.http.errors`)
│   ├── MalformedRequest
│   ├── MissingHost
│   ├── InvalidHost
│   ├── HostNotAllowed
│   ├── RepeatedHeader
│   ├── ForbiddenOrigin
│   ├── NotFound
│   │   ├── UnknownOrder
│   │   └── UnknownSku
│   ├── MethodNotAllowed
│   ├── BodyTooLarge
│   ├── TooManyLines
│   ├── HeaderTooLarge
│   ├── HeaderTimeout
│   ├── BodyTimeout
│   ├── BodyTooSlow
│   ├── NoRoomForBody
│   ├── TooManyConnections
│   ├── WorkerEnded
│   ├── InternalError
│   └── InvalidBody
│       ├── WrongEncoding
│       ├── MissingField
│       ├── UnknownField
│       ├── RepeatedField
│       └── UnknownType
├── LineTooLong (`entrypoints.cli.lines`)
├── UnreadableFile (`entrypoints.cli.table`)
├── UnusableFile (`entrypoints.cli.files`)
├── UnusablePath (`entrypoints.cli.rejected_rows`)
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
from allocation.messaging.copy_errors import (
    DamagedDatabase,
    DatabaseInUse,
    SqliteOnly,
    UnusableCopy,
)
from allocation.messaging.errors import (
    Busy,
    Conflict,
    DeliveryRefused,
    DeliverySkipped,
    Fatal,
    Fault,
    HandlerExited,
    HandlerFailed,
    IdReused,
    Locked,
    MessagingError,
    NestedTransaction,
    NoSuchDatabase,
    NotADatabase,
    ReadOnlyStore,
    RegistryError,
    SchemaError,
    Stopping,
    StoreLost,
    StoreUnavailable,
    UnknownDeadLetter,
    UnrecordableResult,
    UnsupportedDatabase,
    UnsupportedServer,
    UnsupportedSQLite,
    WorkerFailed,
)

__all__ = [
    "EXPECTED",
    "AlreadyAllocated",
    "BatchConflict",
    "Busy",
    "ConfigError",
    "Conflict",
    "DamagedDatabase",
    "DatabaseInUse",
    "DeliveryRefused",
    "DeliverySkipped",
    "Fatal",
    "Fault",
    "HandlerExited",
    "HandlerFailed",
    "IdReused",
    "InputError",
    "InvalidSku",
    "InvalidValue",
    "LineConflict",
    "Locked",
    "MessagingError",
    "NestedTransaction",
    "NoSuchDatabase",
    "NotADatabase",
    "ReadOnlyStore",
    "Refusal",
    "RegistryError",
    "SchemaError",
    "SqliteOnly",
    "Stopping",
    "StoreLost",
    "StoreUnavailable",
    "UnknownBatch",
    "UnknownDeadLetter",
    "UnrecordableResult",
    "UnsupportedDatabase",
    "UnsupportedSQLite",
    "UnsupportedServer",
    "UnusableCopy",
    "WorkerFailed",
]


class InputError(ValueError):
    """What an entrypoint was given cannot be used; nothing has been done."""

    code: ClassVar[str] = "invalid_input"


EXPECTED: Final = (Refusal, MessagingError, ConfigError, InputError)
"""The families."""
