"""Every error that a caller can meet, in one place.

Refusal (`domain.errors`): the rules do not allow the request.
├── InvalidValue
├── InvalidSku
├── UnknownBatch
├── BatchConflict
└── LineConflict

MessagingError (`messaging.errors`): the machinery could not do it.
├── CatalogueError
├── IdReused
├── HandlerFailed
├── Conflict
├── StoreUnavailable
├── Busy
├── Stopping
├── UnknownDeadLetter
├── SchemaError
└── Fatal
    └── StoreLost
"""

from allocation.domain.errors import (
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
    HandlerFailed,
    IdReused,
    MessagingError,
    SchemaError,
    Stopping,
    StoreLost,
    StoreUnavailable,
    UnknownDeadLetter,
)

__all__ = [
    "BatchConflict",
    "Busy",
    "CatalogueError",
    "Conflict",
    "Fatal",
    "HandlerFailed",
    "IdReused",
    "InvalidSku",
    "InvalidValue",
    "LineConflict",
    "MessagingError",
    "Refusal",
    "SchemaError",
    "Stopping",
    "StoreLost",
    "StoreUnavailable",
    "UnknownBatch",
    "UnknownDeadLetter",
]
