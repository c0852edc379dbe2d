"""Request bodies: received, and, JSON, decoded in one pass into the event that it asks for."""

import re
from dataclasses import MISSING, fields
from operator import attrgetter
from typing import Any, ClassVar, Final, Generic, TypeVar, get_type_hints

import msgspec
from litestar import Request
from litestar.exceptions import ClientException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from allocation.domain.events import Event
from allocation.errors import InputError

E = TypeVar("E", bound=Event)
T = TypeVar("T")

_FIELD: Final = re.compile(r" - at `\$\.([^`]+)`$")
_MISSING: Final = re.compile(r"^Object missing required field `([^`]+)`$")
_UNKNOWN: Final = re.compile(r"^Object contains unknown field `([^`]+)`$")


class InvalidBody(InputError):
    """A body that is not the JSON object asked for; names the field, where it is one."""

    code: ClassVar[str] = "invalid_body"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


async def received(request: Request[Any, Any, Any], largest: int) -> bytes:
    """The body, as Litestar's `request.body()` gives it, in less than half the time.

    Raises:
        RequestEntityTooLarge: it has more bytes than `largest`.
        ClientException: the client has gone before it was all there.
    """
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message: Any = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientException("The client has gone in the middle of its request")
        parts.append(message["body"])
        size, more = size + len(parts[-1]), message.get("more_body", False)
        if size > largest:
            raise RequestEntityTooLarge(f"A request has {largest:,} bytes at the most")
    return b"".join(parts)


class Form(Generic[E]):
    """What a body has that asks for an event: its fields, those `beside` them, and no others.

    A mistyped name is told: an "ETA" that is passed over would turn a shipment into stock.
    """

    def __init__(self, kind: type[E], *, beside: tuple[str, ...] = ()) -> None:
        self.kind = kind
        hints = get_type_hints(kind)
        own = [field.name for field in fields(kind)]
        may_be_missing = {f.name: f.default for f in fields(kind) if f.default is not MISSING}
        self._shape = msgspec.defstruct(
            kind.__name__,
            [(name, hints.get(name, Any)) for name in (*own, *beside)],
            namespace={**may_be_missing, **dict.fromkeys(beside)},
            forbid_unknown_fields=True,
            kw_only=True,
            gc=False,
        )
        self._values = attrgetter(*own)

    def read(self, body: bytes) -> E:
        """The event.

        Raises:
            InvalidValue: a field has a value that cannot be.
            InvalidBody: it is no JSON object, or a field is missing, unknown or of another type.
        """
        return self.kind(*self._values(read_as(self._shape, body)))


def read_as(kind: type[T], body: bytes) -> T:
    """What a body holds.

    Raises:
        InvalidBody: it is no JSON object, or a field is missing or of another type.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise _named(str(error), _json(body)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        _json(body)
        raise


def _json(body: bytes) -> Any:
    """The body as it is; a value of the wrong type may have been met before its end."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidBody(f"The body is not JSON: {error}") from None


def _named(told: str, body: Any) -> InvalidBody:
    """The error that names the field and the value, as far as msgspec tells which."""
    if missing := _MISSING.match(told):
        return InvalidBody(f"{missing[1]} is missing", missing[1])
    if unknown := _UNKNOWN.match(told):
        return InvalidBody(f"{unknown[1]} is not a field of this", unknown[1])
    if found := _FIELD.search(told):
        value = body.get(found[1])
        reason = told[: found.start()].replace("`", "")
        return InvalidBody(f"{found[1]} {value!r:.80} cannot be: {reason}", found[1])
    return InvalidBody(f"The body is not what is asked for: {told.replace('`', '')}")
