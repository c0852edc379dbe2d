"""Receives request bodies, and decodes JSON into events in one pass."""

import json
import re
from dataclasses import MISSING
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Generic, TypeVar, get_type_hints

import msgspec
from litestar import Request
from msgspec.structs import astuple

from allocation.domain.events import Event
from allocation.entrypoints.http.encodings import other_encoding, without_mark
from allocation.entrypoints.http.errors import (
    BodyTooLarge,
    InvalidBody,
    MalformedRequest,
    MissingField,
    RepeatedField,
    UnknownField,
    WrongEncoding,
)
from allocation.errors import InvalidValue

E = TypeVar("E", bound=Event)
T = TypeVar("T")

_FIELD: Final = re.compile(r" - at `\$\.([^`]+)`$")
_FLOAT: Final = re.compile(r"^Expected `int(?: \| null)?`, got `float`")
_MISSING: Final = re.compile(r"^Object missing required field `([^`]+)`$")
_UNKNOWN: Final = re.compile(r"^Object contains unknown field `([^`]+)`$")


async def received(request: Request[Any, Any, Any], largest: int) -> bytes:
    """Receive a body like Litestar's `request.body()`, in less than half the time.

    Raises:
        BodyTooLarge: the body has more bytes than `largest`.
        MalformedRequest: the client disconnected before the body was complete.
    """
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message: Any = await request.receive()
        if message["type"] == "http.disconnect":
            raise MalformedRequest("The client disconnected before the request was complete")
        parts.append(message["body"])
        size, more = size + len(parts[-1]), message.get("more_body", False)
        if size > largest:
            raise BodyTooLarge(f"A request may have at most {largest:,} bytes")
    return b"".join(parts)


LARGEST_WHOLE: Final = 10**15
"""The maximum of numbers with a fraction or exponent that are read as integers."""


class Form(Generic[E]):
    """The form of a body that requests an event: its fields and those in `beside`, and no others.

    An unknown field is an error: ignoring a mistyped "ETA" would turn a shipment into stock. An
    optional field is None if it is missing, so `read` can count the fields that are present.
    """

    def __init__(self, kind: type[E], *, beside: tuple[str, ...] = ()) -> None:
        self.kind = kind
        hints = get_type_hints(kind)
        public = kind.public_fields()
        own = [field.name for field in public]
        may_be_missing = [field.name for field in public if field.default is not MISSING]
        if any(field.default not in (MISSING, None) for field in public):
            raise TypeError(f"{kind.__name__} has a field with a default other than None")
        self._shape = msgspec.defstruct(
            kind.__name__,
            [(name, hints.get(name, Any)) for name in (*own, *beside)],
            namespace=dict.fromkeys([*may_be_missing, *beside]),
            forbid_unknown_fields=True,
            kw_only=True,
            gc=False,
        )
        self._own = len(own)
        self._all = len(own) + len(beside)

    def read(self, body: bytes) -> E:
        """Decode a body into its event.

        Raises:
            InvalidValue: a field has an invalid value.
            InvalidBody: the body is not a JSON object, or a field is missing, unknown or repeated.
        """
        values = astuple(read_as(self._shape, body))
        # A field that is missing and a field that is null are both None here.
        if may_have_duplicates(body, self._all - values.count(None)):
            refuse_duplicates(body)
        return self.kind(*values[: self._own])


def read_as(kind: type[T], body: bytes) -> T:
    """Decode a body as an object of this type.

    Raises:
        InvalidValue: a field has a value of another type.
        InvalidBody: the body is not a JSON object, or a field is missing or unknown.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        message, plain = str(error), _json(body)
        if _FLOAT.match(message):
            return _with_whole_numbers(kind, body)
        raise _named(message, plain) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        unmarked = without_mark(body)
        _json(unmarked)
        if unmarked is body:
            raise
        return read_as(kind, unmarked)


def _with_whole_numbers(kind: type[T], body: bytes) -> T:
    """Decode a body with integers written as 5.0, which is the same number in JSON."""
    plain = json.loads(body, parse_float=_whole_or_not)
    try:
        return msgspec.convert(plain, type=kind)
    except msgspec.ValidationError as error:
        raise _named(str(error), plain) from None


def _whole_or_not(text: str) -> int | float:
    try:
        number = Decimal(text)
    except InvalidOperation:  # the exponent is too large
        return float(text)
    whole = abs(number) <= LARGEST_WHOLE and number == number.to_integral_value()
    return int(number) if whole else float(number)


def _json(body: bytes) -> Any:
    """Decode a body without a type; the typed decoder may have failed before a syntax error."""
    try:
        return msgspec.json.decode(body)
    except UnicodeDecodeError as error:
        raise WrongEncoding(f"The body is not in UTF-8: {error.reason}") from None
    except (msgspec.DecodeError, RecursionError) as error:
        refuse_other_encoding(body)
        raise InvalidBody(f"The body is not JSON: {error}") from None


def refuse_other_encoding(body: bytes) -> None:
    """Refuse JSON in an encoding other than UTF-8 (RFC 8259, 8.1).

    Raises:
        WrongEncoding: the first bytes are not those of JSON in UTF-8.
    """
    if (encoding := other_encoding(body)) is not None:
        raise WrongEncoding(f"The body is in {encoding}; JSON must be encoded in UTF-8")


def _named(message: str, body: Any) -> InvalidBody | InvalidValue:
    """The error for a message of msgspec, with the field and the value if it names them."""
    if missing := _MISSING.match(message):
        return MissingField(f"{missing[1]} is missing", missing[1])
    if unknown := _UNKNOWN.match(message):
        return UnknownField(f"{unknown[1]:.80} is not a field of this message", unknown[1])
    if match := _FIELD.search(message):
        reason = message[: match.start()].replace("`", "")
        field = match[1].partition("[")[0]  # not the element of a list
        return InvalidValue(field, body.get(field), f"is invalid: {reason}")
    return InvalidBody(f"The body is invalid: {message.replace('`', '')}")


def may_have_duplicates(body: bytes, distinct: int) -> bool:
    """Whether a flat JSON object can have duplicate names; a fast test by counting colons.

    `distinct` is a lower bound for the number of different names. Every member has a colon, which
    is always the same byte, so an object with no more colons than different names has no
    duplicates. If there are more, the additional colons may be part of a string.
    """
    return body.count(b":") > distinct


def refuse_duplicates(body: bytes) -> None:
    """Parse the body a second time, slowly, to find duplicate names.

    Raises:
        RepeatedField: an object has a duplicate name, in any spelling and at any depth.
    """
    # Numbers stay strings: Python refuses to convert thousands of digits.
    json.loads(body, object_pairs_hook=_check_names, parse_int=str, parse_float=str)


def _check_names(members: list[tuple[str, Any]]) -> None:
    seen = set[str]()
    for name, _ in members:
        if name in seen:
            raise RepeatedField(f"{name:.80} appears more than once", name)
        seen.add(name)
