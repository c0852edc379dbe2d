"""All error types of this program, in one place.

Refusal (`domain.errors`): the business rules do not allow the request.
├── InvalidValue
├── InvalidSku
├── UnknownBatch
├── BatchConflict
├── LineConflict
├── AlreadyAllocated
├── UnknownOrder
├── OrderClosed
├── UnknownLine
├── SeveralLines
├── LineClosed
├── NotInStock
├── WholeLine
├── TooMany
├── LessThanShipped
├── BatchClosed
├── AlreadyReceived
├── OtherProduct
├── BatchIsBlocked
└── StaleVersion

MessagingError (`messaging.errors`): the message could not be handled or delivered.
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
├── NotDiscardable
├── SchemaError (`messaging.database_errors`)
├── UnsupportedDatabase (`messaging.database_errors`)
├── UnsupportedSQLite (`messaging.database_errors`)
├── NotADatabase (`messaging.database_errors`)
├── NoSuchDatabase (`messaging.database_errors`)
├── UnusableCopy (`messaging.database_errors`)
├── DamagedDatabase (`messaging.database_errors`)
├── DatabaseInUse (`messaging.database_errors`)
├── SqliteOnly (`messaging.database_errors`)
├── UnusableState (`messaging.database_errors`)
├── DatabaseNotEmpty (`messaging.database_errors`)
├── Fatal
│   └── StoreLost
└── Fault
    ├── RegistryError
    ├── HandlerFailed
    ├── HandlerExited
    ├── UnrecordableResult
    ├── NestedTransaction
    ├── LostChange
    └── WorkerFailed

AccessError (`access.errors`): the request for an access key is refused.
├── UnknownKey
├── KeyNameTaken
├── SeveralKeys
└── KeyNotValid

ConfigError (`config`): a setting is invalid.

InputError (here): the input of an entry point cannot be used.
├── HttpError (`entrypoints.http.errors`)
│   ├── MalformedRequest
│   ├── MissingHost
│   ├── InvalidHost
│   ├── HostNotAllowed
│   ├── RepeatedHeader
│   ├── KeyInUrl
│   ├── KeyRequired
│   ├── InvalidKey
│   ├── SessionEnded
│   ├── InvalidCsrfToken
│   ├── ForbiddenScope
│   ├── TooManyRequests
│   ├── TooManyInvalidKeys
│   ├── ForbiddenOrigin
│   ├── NotFound
│   │   └── UnknownSku
│   ├── MethodNotAllowed
│   ├── NotAcceptable
│   ├── CursorTooOld
│   ├── OtherDatabase
│   ├── TooManyImports
│   ├── TooManyKeyStreams
│   ├── TooManyStreams
│   ├── FeedStalled
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
├── LineTooLong (`entrypoints.table_files.line_reader`)
├── UnreadableFile (`entrypoints.table_files.layout`)
├── InvalidOption (`entrypoints.table_files.reading_options`)
├── UnusableMapping (`entrypoints.table_files.mapping_file`)
├── UnusableFile (`entrypoints.files`)
├── UnusablePath (`entrypoints.table_files.rejected_rows`)
├── TooManyRows (`entrypoints.cli.exporting.workbook`)
├── NoAccessKey (`entrypoints.cli.open_access`)
└── UnusableAddress (`entrypoints.cli.serve`)

Each has a `code` that never changes. Callers can meet all errors of the families in `EXPECTED`,
except `Fault`, which is a bug of the program like any other exception.
"""

from typing import ClassVar, Final

from allocation.access.errors import (
    AccessError,
    KeyNameTaken,
    KeyNotValid,
    SeveralKeys,
    UnknownKey,
)
from allocation.config import ConfigError
from allocation.domain.errors import (
    AlreadyAllocated,
    AlreadyReceived,
    BatchClosed,
    BatchConflict,
    BatchIsBlocked,
    InvalidSku,
    InvalidValue,
    LessThanShipped,
    LineClosed,
    LineConflict,
    NotInStock,
    OrderClosed,
    OtherProduct,
    Refusal,
    SeveralLines,
    StaleVersion,
    TooMany,
    UnknownBatch,
    UnknownLine,
    UnknownOrder,
    WholeLine,
)
from allocation.messaging.database_errors import (
    DamagedDatabase,
    DatabaseInUse,
    DatabaseNotEmpty,
    NoSuchDatabase,
    NotADatabase,
    SchemaError,
    SqliteOnly,
    UnsupportedDatabase,
    UnsupportedSQLite,
    UnusableCopy,
    UnusableState,
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
    LostChange,
    MessagingError,
    NestedTransaction,
    NotDiscardable,
    ReadOnlyStore,
    RegistryError,
    Stopping,
    StoreLost,
    StoreUnavailable,
    UnknownDeadLetter,
    UnrecordableResult,
    UnsupportedServer,
    WorkerFailed,
)

__all__ = [
    "EXPECTED",
    "AccessError",
    "AlreadyAllocated",
    "AlreadyReceived",
    "BatchClosed",
    "BatchConflict",
    "BatchIsBlocked",
    "Busy",
    "ConfigError",
    "Conflict",
    "DamagedDatabase",
    "DatabaseInUse",
    "DatabaseNotEmpty",
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
    "KeyNameTaken",
    "KeyNotValid",
    "LessThanShipped",
    "LineClosed",
    "LineConflict",
    "Locked",
    "LostChange",
    "MessagingError",
    "NestedTransaction",
    "NoSuchDatabase",
    "NotADatabase",
    "NotDiscardable",
    "NotInStock",
    "OrderClosed",
    "OtherProduct",
    "ReadOnlyStore",
    "Refusal",
    "RegistryError",
    "SchemaError",
    "SeveralKeys",
    "SeveralLines",
    "SqliteOnly",
    "StaleVersion",
    "Stopping",
    "StoreLost",
    "StoreUnavailable",
    "TooMany",
    "UnknownBatch",
    "UnknownDeadLetter",
    "UnknownKey",
    "UnknownLine",
    "UnknownOrder",
    "UnrecordableResult",
    "UnsupportedDatabase",
    "UnsupportedSQLite",
    "UnsupportedServer",
    "UnusableCopy",
    "UnusableState",
    "WholeLine",
    "WorkerFailed",
]


class InputError(ValueError):
    """The input of an entry point cannot be used; nothing has been changed."""

    code: ClassVar[str] = "invalid_input"


EXPECTED: Final = (Refusal, MessagingError, AccessError, ConfigError, InputError)
"""The base classes of all errors that a caller can meet."""
