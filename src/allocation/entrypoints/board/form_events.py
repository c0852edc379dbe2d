"""Events from the fields of forms, which are texts."""

from collections.abc import Mapping
from typing import Any, Final, get_args, get_type_hints

import msgspec

from allocation.bootstrap import MessageType
from allocation.domain.events import Event
from allocation.entrypoints.http.request_bodies import Form
from allocation.errors import InvalidValue

Fields = Mapping[str, str]

_FLAGS: Final = {"true": True, "false": False}


def event_of(entry: MessageType[Any], fields: Fields) -> Event:
    """The event that the fields of a form stand for.

    An empty field is a missing one, but for the name of an order line: an order may have one line
    for a sku without a name, and others with names.

    Raises:
        InvalidValue: a field does not have a valid value.
        InvalidBody: a field is missing or unknown.
    """
    hints = get_type_hints(entry.type)
    values = {
        name: _value(name, text.strip(), hints.get(name, str))
        for name, text in fields.items()
        if text.strip() or name == "line"
    }
    event: Event = Form(entry.type).read(msgspec.json.encode(values))
    return event


def fields_of(entry: MessageType[Any], event: Event) -> dict[str, str]:
    """The fields of a form that stand for an event."""
    values = {field.name: getattr(event, field.name) for field in entry.type.public_fields()}
    return {name: text_of(value) for name, value in values.items() if value is not None}


def _value(name: str, text: str, kind: Any) -> object:
    kinds = get_args(kind) or (kind,)
    if int in kinds:
        return whole_number(name, text)
    if bool in kinds:
        if text not in _FLAGS:
            raise InvalidValue(name, text, "is neither true nor false")
        return _FLAGS[text]
    return text


def whole_number(name: str, text: str) -> int:
    """A whole number in a field, with or without groups of digits as pages show them.

    Raises:
        InvalidValue: it is none.
    """
    digits = text.replace("\N{NARROW NO-BREAK SPACE}", "").replace("\N{MINUS SIGN}", "-")
    if not digits.removeprefix("-").isdecimal() or not digits.isascii() or len(digits) > 18:
        raise InvalidValue(name, text, "is not a whole number")
    return int(digits)


def text_of(value: object) -> str:
    """The text in a field that stands for a value; empty for None."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
