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
│   ├── ReadOnlyStore
│   └── UnsupportedServer
├── Busy
├── Stopping
├── DeliveryRefused
├── DeliverySkipped
├── UnknownDeadLetter
└── SchemaError
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
    DeliveryRefused,
    DeliverySkipped,
    HandlerFailed,
    IdReused,
    MessagingError,
    ReadOnlyStore,
    SchemaError,
    Stopping,
    StoreUnavailable,
    UnknownDeadLetter,
    UnsupportedServer,
)

__all__ = [
    "BatchConflict",
    "Busy",
    "CatalogueError",
    "Conflict",
    "DeliveryRefused",
    "DeliverySkipped",
    "HandlerFailed",
    "IdReused",
    "InvalidSku",
    "InvalidValue",
    "LineConflict",
    "MessagingError",
    "ReadOnlyStore",
    "Refusal",
    "SchemaError",
    "Stopping",
    "StoreUnavailable",
    "UnknownBatch",
    "UnknownDeadLetter",
    "UnsupportedServer",
]
