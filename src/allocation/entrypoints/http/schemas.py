"""What the API's document says of the bodies: made of the events, and of the rules' own bounds."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import MISSING, fields, replace
from datetime import date
from inspect import getdoc
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

from litestar.openapi.spec import Reference, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from msgspec import to_builtins

from allocation.bootstrap import MessageType, body_types
from allocation.domain.events import Event
from allocation.domain.validation import LARGEST_QUANTITY, LONGEST_TEXT
from allocation.errors import InvalidValue

_BASE: Final = r"\p{L}\p{N}\p{P}\p{S}"
_SHOWN: Final = rf"{_BASE}\p{{M}}"
_UNSEEN: Final = (
    r"\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u20F1-\u20FF\u2800\u3164\uFE00-\uFE0F\uFFA0"
)
"""Letters, marks and symbols that show nothing, and, among the marks, what is none yet."""

NAME: Final = f"^(?!.*[{_UNSEEN}])[{_BASE}](?:[{_SHOWN} ]*[{_SHOWN}])?$"
"""What names something, as the events have it: characters that show something, the first of
them for itself, and blanks between others only."""


def name_schema() -> Schema:
    """A text that names something."""
    return Schema(
        type=OpenAPIType.STRING,
        min_length=1,
        max_length=LONGEST_TEXT,
        pattern=NAME,
        description="Characters that can be printed; no blanks at either end",
    )


def event_schema(entry: MessageType[Any]) -> Schema:
    """The JSON object that asks for a message of this type."""
    event, example = entry.type, _example(entry)
    hints = get_type_hints(event)
    return Schema(
        title=entry.name,
        description=getdoc(event),
        type=OpenAPIType.OBJECT,
        properties={
            field.name: _field_schema(example, field.name, hints[field.name])
            for field in fields(event)
        },
        required=[field.name for field in fields(event) if field.default is MISSING],
        additional_properties=False,
        examples=[to_builtins(example)],
    )


def line_schema(entry: MessageType[Any]) -> Schema:
    """A line of many messages: the same object, with its type and, optionally, an id."""
    schema, name = event_schema(entry), entry.name
    schema.properties = {
        "type": Schema(const=name),
        "id": Schema(one_of=[name_schema(), Schema(type=OpenAPIType.NULL)]),
        **(schema.properties or {}),
    }
    schema.required = ["type", *(schema.required or ())]
    schema.examples = [{"type": name, **to_builtins(_example(entry))}]
    return schema


def answer_line_schema(entries: Iterable[MessageType[Any]]) -> Schema:
    """A line of the answer to many messages of these types."""
    declared = [body for entry in entries for body in entry.as_incoming.replies.values()]
    results = dict.fromkeys(kind.__name__ for body in declared for kind in body_types(body))
    return Schema(
        title="AnswerLine",
        type=OpenAPIType.OBJECT,
        properties={
            "id": Schema(type=[OpenAPIType.STRING, OpenAPIType.NULL]),
            "status": Schema(type=OpenAPIType.INTEGER),
            "result": Schema(one_of=[_component(result) for result in results]),
            "error": _component("Failure"),
        },
        required=["id", "status"],
    )


def lines_schema(each: Schema, description: str) -> Schema:
    """Many lines, of which each is JSON of this schema.

    Without the media type of the content: where it is given, the API's page asks for a file.
    """
    return Schema(type=OpenAPIType.STRING, description=description, content_schema=each)


def _example(entry: MessageType[Any]) -> Event:
    example: Event = entry.as_incoming.example
    return example


def _component(name: str) -> Reference:
    return Reference(ref=f"#/components/schemas/{name}")


def _field_schema(example: Event, name: str, kind: Any) -> Schema:
    if NoneType in (kinds := get_args(kind)):
        (other,) = (each for each in kinds if each is not NoneType)
        null = Schema(type=OpenAPIType.NULL)
        return Schema(one_of=[_field_schema(example, name, other), null])
    if kind is int:
        least = _least(example, name)
        return Schema(type=OpenAPIType.INTEGER, minimum=least, maximum=LARGEST_QUANTITY)
    if kind is date:
        return Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE, pattern=_YEARS)
    return name_schema()


_YEARS: Final = "^20[0-9]{2}-"
"""A format cannot say from when to when a date may be."""


def _least(example: Event, name: str) -> int:
    """The least quantity with which the event can be: it is the event that knows."""
    with suppress(InvalidValue):
        replace(example, **{name: 0})
        return 0
    return 1
