"""The wire: messages, results and refusals as JSON, and back."""

from collections.abc import Callable
from dataclasses import MISSING, asdict, fields
from typing import Any, Final, get_type_hints

import msgspec

from allocation.domain import errors, events
from allocation.messaging.registry import Registry

REFUSALS: Final[dict[str, type[errors.Refusal]]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.Refusal) and kind is not errors.Refusal
}
"""Every refusal by the name that it has in the log; never renamed."""

_encode: Final = msgspec.json.Encoder(order="deterministic").encode


class Codec:
    """Encodes and decodes the messages of a registry, by the names that it gives them."""

    def __init__(self, registry: Registry) -> None:
        self._name: Final = registry.name
        self._decoders: Final = {e.name: decoder(e.type) for e in registry.entries}

    @property
    def types(self) -> frozenset[str]:
        """The names of the messages that can be decoded."""
        return frozenset(self._decoders)

    def encode_message(self, message: object) -> tuple[str, str]:
        """The name of a message, and its body.

        Raises:
            RegistryError: the registry has no entry for its type.
        """
        return self._name(message), _encode(message).decode()

    def decode_message(self, name: str, body: str | bytes) -> object:
        """The message of that name and body.

        Raises:
            KeyError: the registry has no message of that name.
            msgspec.ValidationError: the body does not fit the message.
        """
        return self._decoders[name](body)

    def encode_results(self, results: object) -> str:
        """What the handlers returned."""
        return encode_results(results)

    def decode_results(self, text: str | None) -> tuple[object, ...]:
        """What the handlers returned."""
        return decode_results(text)

    def encode_refusal(self, refusal: Exception) -> str:
        """A refusal, with its facts."""
        facts: dict[str, Any] = asdict(refusal)  # type: ignore[call-overload]  # all are dataclasses
        return _encode({"error": type(refusal).__name__, "facts": facts}).decode()

    def decode_refusal(self, text: str | None) -> errors.Refusal | None:
        """The refusal with these facts."""
        if text is None:
            return None
        refusal = msgspec.json.decode(text)
        return REFUSALS[refusal["error"]](**refusal["facts"])


def decoder(kind: type[Any]) -> Callable[[str | bytes], object]:
    """Reads a message from the log; what entered under older rules is not refused by today's."""
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


def encode_results(results: object) -> str:
    """What the handlers returned."""
    return _encode(results).decode()


def decode_results(text: str | None) -> tuple[object, ...]:
    """What the handlers returned."""
    return () if text is None else tuple(msgspec.json.decode(text))
