"""The schemas of request and response bodies, derived from the events and the domain's limits."""

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

from allocation.bootstrap import MessageType, NotReached, body_types, dry_bodies
from allocation.domain.events import Event
from allocation.domain.validation import LARGEST_QUANTITY, LONGEST_TEXT
from allocation.errors import InvalidValue

_BASE: Final = r"\p{L}\p{N}\p{P}\p{S}"
_VISIBLE: Final = rf"{_BASE}\p{{M}}"
_INVISIBLE: Final = (
    r"\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u20F1-\u20FF\u2800\u3164\uFE00-\uFE0F\uFFA0"
)
"""Letters, marks and symbols that are invisible, or not assigned yet."""

NAME: Final = f"^(?!.*[{_INVISIBLE}])[{_BASE}](?:[{_VISIBLE} ]*[{_VISIBLE}])?$"
"""The pattern of a name as the events accept it: visible characters, with blanks only between
them, and no combining mark at the beginning."""


def name_schema() -> Schema:
    """The schema of a name, such as a sku."""
    return Schema(
        type=OpenAPIType.STRING,
        min_length=1,
        max_length=LONGEST_TEXT,
        pattern=NAME,
        description="Printable characters, without leading or trailing blanks",
    )


def event_schema(entry: MessageType[Any]) -> Schema:
    """The schema of the JSON object for a message of this type."""
    event, example = entry.type, _example(entry)
    hints = get_type_hints(event)
    return Schema(
        title=entry.name,
        description=getdoc(event),
        type=OpenAPIType.OBJECT,
        properties={
            field.name: _field_schema(example, field.name, hints[field.name])
            for field in event.public_fields()
        },
        required=[field.name for field in event.public_fields() if field.default is MISSING],
        additional_properties=False,
        examples=[_body(example)],
    )


def line_schema(entry: MessageType[Any]) -> Schema:
    """The schema of a line of a bulk request: the same object with its type and an optional id."""
    schema, name = event_schema(entry), entry.name
    schema.properties = {
        "type": Schema(const=name),
        "id": Schema(one_of=[name_schema(), Schema(type=OpenAPIType.NULL)]),
        **(schema.properties or {}),
    }
    schema.required = ["type", *(schema.required or ())]
    schema.examples = [{"type": name, **_body(_example(entry))}]
    return schema


def answer_line_schema(entries: Iterable[MessageType[Any]]) -> Schema:
    """The schema of a line in the response to a bulk request."""
    incoming = [entry.as_incoming for entry in entries]
    declared = [body for each in incoming for body in each.replies.values()]
    usual = (kind for body in declared for kind in body_types(body))
    in_dry_runs = (kind for each in incoming for kind in dry_bodies(each))
    results = dict.fromkeys(kind.__name__ for kind in (*usual, *in_dry_runs))
    return Schema(
        title="AnswerLine",
        type=OpenAPIType.OBJECT,
        properties={
            "id": Schema(type=[OpenAPIType.STRING, OpenAPIType.NULL]),
            "status": Schema(type=OpenAPIType.INTEGER),
            "result": Schema(any_of=[*map(_component, results), _not_reached()]),
            "error": _component("Failure"),
        },
        required=["id", "status"],
    )


def _not_reached() -> Schema:
    """The schema of the result of a line that a dry run does not reach."""
    return Schema(
        type=OpenAPIType.OBJECT,
        description=getdoc(NotReached),
        properties={
            field.name: Schema(type=OpenAPIType.BOOLEAN, const=field.default)
            for field in fields(NotReached)
        },
        required=[field.name for field in fields(NotReached)],
        additional_properties=False,
    )


def lines_schema(each: Schema, description: str) -> Schema:
    """The schema of a body with one JSON value of this schema per line.

    It declares no content media type, since the documentation page would then ask for a file.
    """
    return Schema(type=OpenAPIType.STRING, description=description, content_schema=each)


def _example(entry: MessageType[Any]) -> Event:
    example: Event = entry.as_incoming.example
    return example


def _body(example: Event) -> dict[str, Any]:
    """The JSON object of an example, without the optional fields that are not given."""
    given = {field.name: getattr(example, field.name) for field in example.public_fields()}
    return {name: to_builtins(value) for name, value in given.items() if value is not None}


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
    if kind is bool:
        return Schema(type=OpenAPIType.BOOLEAN)
    if name == "line":
        return Schema(one_of=[name_schema(), Schema(const="")])
    if kind is date:
        return Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE, pattern=_YEARS)
    return name_schema()


_YEARS: Final = "^20[0-9]{2}-"
"""The pattern that restricts the years of a date, which a format cannot do."""


def _least(example: Event, name: str) -> int:
    """The minimum quantity that the event accepts: 0 or 1."""
    with suppress(InvalidValue):
        replace(example, **{name: 0})
        return 0
    return 1
