"""The wire format: messages, results and refusals as JSON."""

from collections.abc import Callable
from dataclasses import MISSING, fields
from operator import attrgetter
from typing import Any, Final, get_type_hints

import msgspec

from allocation.adapters.sql.message_log.codec import JsonCodec, encode
from allocation.domain import errors, events
from allocation.messaging.registry import MessageType, Registry

REFUSALS: Final[dict[str, type[errors.Refusal]]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.Refusal) and kind is not errors.Refusal
}
"""The refusals by their names in the log, which never change."""


_Compact = tuple[str, type[msgspec.Struct], Callable[[object], tuple[object, ...]]]
"""The name of a message's type, the type of its copy, and the values of its fields."""


class Codec(JsonCodec):
    """Encodes and decodes the messages of a registry, by the names in its entries."""

    def __init__(self, registry: Registry) -> None:
        super().__init__((), REFUSALS.values())
        self._names = {entry.type: entry.name for entry in registry.entries}
        self._decoders = {entry.name: decoder(entry.type) for entry in registry.entries}
        self._compact = {e.type: compact for e in registry.entries if (compact := _compact(e))}

    def encode_message(self, message: object) -> tuple[str, str]:
        """The name of the message's type, and its body without the optional fields that are None.

        Raises:
            RegistryError: the codec has no name for the type.
        """
        compact = self._compact.get(type(message))
        if compact is None:
            return super().encode_message(message)
        name, copy, values = compact
        return name, encode(copy(*values(message))).decode()


def _compact(entry: MessageType[Any]) -> _Compact | None:
    """How to copy a message so that it is encoded without its fields that are None."""
    kind = entry.type
    if not issubclass(kind, events.Event):
        return None
    own = fields(kind)
    if all(field.default is not None for field in own):
        return None
    shape = msgspec.defstruct(
        kind.__name__,
        [(f.name, Any) if f.default is MISSING else (f.name, Any, f.default) for f in own],
        omit_defaults=True,
        gc=False,
    )
    return entry.name, shape, attrgetter(*(field.name for field in own))


def decoder(kind: type[Any]) -> Callable[[str | bytes], object]:
    """Make a decoder of messages in the log; it does not apply the current validation rules."""
    if not issubclass(kind, events.Event):
        return msgspec.json.Decoder(kind).decode
    hints = get_type_hints(kind)
    own = fields(kind)
    shape = msgspec.defstruct(
        kind.__name__,
        [(field.name, hints[field.name]) for field in own],
        namespace={field.name: field.default for field in own if field.default is not MISSING},
    )
    decode = msgspec.json.Decoder(shape).decode
    return lambda body: kind.restore(**msgspec.structs.asdict(decode(body)))
