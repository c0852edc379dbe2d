"""The wire: messages, results and refusals as JSON, and back."""

from collections.abc import Callable
from dataclasses import MISSING, asdict, fields
from typing import Any, Final, get_type_hints

import msgspec

from allocation.domain import errors, events
from allocation.messaging import dead_letters

MESSAGES: Final[dict[str, type[Any]]] = {
    message.__name__: message
    for message in (
        events.BatchCreated,
        events.BatchQuantityChanged,
        events.AllocationRequired,
        events.Allocated,
        events.Deallocated,
        events.Backordered,
        events.ReleaseContinued,
        events.FillContinued,
        events.OutOfStock,
        dead_letters.DeadLetterReplayed,
        dead_letters.DeadLetterDiscarded,
    )
}
"""Every message by the name it has on the wire and in the log; never renamed."""

REFUSALS: Final[dict[str, type[errors.Refusal]]] = {
    refusal.__name__: refusal
    for refusal in (
        errors.InvalidValue,
        errors.InvalidSku,
        errors.UnknownBatch,
        errors.BatchConflict,
        errors.LineConflict,
        errors.AlreadyAllocated,
    )
}

_encoder: Final = msgspec.json.Encoder(order="deterministic")


def _decoder(kind: type[Any]) -> Callable[[str | bytes], object]:
    """Reads what is on record; what entered under the rules of then is not refused by today's."""
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


_decoders = {name: _decoder(message) for name, message in MESSAGES.items()}


def encode_message(message: object) -> tuple[str, str]:
    """The message's name and its body."""
    return type(message).__name__, _encoder.encode(message).decode()


def decode_message(name: str, body: str | bytes) -> object:
    """The message of that name and body.

    Raises:
        msgspec.ValidationError: the body does not fit the message.
    """
    return _decoders[name](body)


def encode_results(results: object) -> str:
    """What the handlers returned."""
    return _encoder.encode(results).decode()


def decode_results(text: str | None) -> tuple[object, ...]:
    """What the handlers returned."""
    return () if text is None else tuple(msgspec.json.decode(text))


def encode_refusal(refusal: Exception) -> str:
    """A refusal, with its facts."""
    facts: dict[str, Any] = asdict(refusal)  # type: ignore[call-overload]  # all are dataclasses
    return _encoder.encode({"error": type(refusal).__name__, "facts": facts}).decode()


def decode_refusal(text: str | None) -> errors.Refusal | None:
    """The refusal with these facts."""
    if text is None:
        return None
    told = msgspec.json.decode(text)
    return REFUSALS[told["error"]](**told["facts"])
