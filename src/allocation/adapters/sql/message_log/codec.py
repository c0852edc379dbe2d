"""Encodes the messages of a log as text, and decodes them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final, Protocol

import msgspec

from allocation.messaging.errors import RegistryError


class Codec(Protocol):
    """The interface of an application's codec that the log uses."""

    @property
    def types(self) -> Collection[str]:
        """The names of the message types that it can decode."""

    def encode_message(self, message: Any, /) -> tuple[str, str]:
        """The name of the message's type, and its body."""

    def decode_message(self, name: str, body: str, /) -> object:
        """The message of that type and body.

        Raises:
            KeyError: no type has that name.
            msgspec.ValidationError: the body does not fit the type.
        """

    def encode_results(self, results: Any, /) -> str:
        """What the handlers of a message returned."""

    def decode_results(self, text: str | None, /) -> tuple[Any, ...]:
        """What the handlers of a message returned."""

    def encode_refusal(self, refusal: Any, /) -> str:
        """The exception by which a handler refused a message."""

    def decode_refusal(self, text: str | None, /) -> Exception | None:
        """The exception by which a handler refused a message, if one did."""


StoredKey = Callable[[str], str | None]
"""Returns the stored form of an ordering key; None for a key that is never stored."""

encode: Final = msgspec.json.Encoder(order="deterministic").encode


class JsonCodec:
    """A codec for messages and refusals that are dataclasses, named after their classes."""

    def __init__(
        self, messages: Iterable[type[Any]], refusals: Iterable[type[Exception]] = ()
    ) -> None:
        self._names: Mapping[type[Any], str] = {kind: kind.__name__ for kind in messages}
        self._decoders: Mapping[str, Callable[[str], object]] = {
            name: msgspec.json.Decoder(kind).decode for kind, name in self._names.items()
        }
        self._refusals: Mapping[str, Callable[..., Exception]] = {
            kind.__name__: kind for kind in refusals
        }

    @property
    def types(self) -> Collection[str]:
        """The names of the message types that it can decode."""
        return self._decoders.keys()

    def encode_message(self, message: object) -> tuple[str, str]:
        """The name of the message's type, and its body.

        Raises:
            RegistryError: the codec has no name for the type.
        """
        name = self._names.get(type(message))
        if name is None:
            raise RegistryError(f"{type(message).__name__} has no entry in the registry")
        return name, encode(message).decode()

    def decode_message(self, name: str, body: str) -> object:
        """The message of that type and body.

        Raises:
            KeyError: no type has that name.
            msgspec.ValidationError: the body does not fit the type.
        """
        return self._decoders[name](body)

    def decode_known(self, name: str, body: str) -> object | None:
        """The message; None if the log has it from another version, which knows more types."""
        try:
            return self.decode_message(name, body)
        except (KeyError, msgspec.ValidationError):
            return None

    def encode_results(self, results: object) -> str:
        """What the handlers of a message returned."""
        return encode(results).decode() if results else "[]"

    def decode_results(self, text: str | None) -> tuple[Any, ...]:
        """What the handlers of a message returned."""
        return () if text is None else tuple(msgspec.json.decode(text))

    def encode_refusal(self, refusal: Exception) -> str:
        """The exception by which a handler refused a message, with its facts."""
        facts: dict[str, Any] = asdict(refusal)  # type: ignore[call-overload]  # a dataclass
        return encode({"error": type(refusal).__name__, "facts": facts}).decode()

    def decode_refusal(self, text: str | None) -> Exception | None:
        """The exception by which a handler refused a message, if one did."""
        if text is None:
            return None
        refusal = msgspec.json.decode(text)
        return self._refusals[refusal["error"]](**refusal["facts"])
