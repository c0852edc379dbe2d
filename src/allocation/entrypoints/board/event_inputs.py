"""The inputs of a form for an event: one for each field that clients may send."""

import json
from dataclasses import MISSING
from datetime import date
from typing import Any, Final, Literal, NamedTuple, get_args, get_type_hints

from allocation.bootstrap import MessageType
from allocation.entrypoints.board.form_events import text_of

Kind = Literal["text", "number", "date", "flag"]

LABELS: Final = {
    "eta": "Arrives on",
    "line": "Line",
    "new_ref": "New batch",
    "orderid": "Order",
    "qty": "Units",
    "ref": "Batch",
    "required_by": "Needed by",
    "split": "May be split",
}
"""What the inputs are called; others by the names of their fields."""


class EventInput(NamedTuple):
    """An input: its field, the kind of its values, and its value as text."""

    name: str
    label: str
    kind: Kind
    is_required: bool
    value: str


def inputs_of(entry: MessageType[Any], body: str) -> list[EventInput]:
    """The inputs of a form, with the values of a message of this type from the log."""
    hints, values = get_type_hints(entry.type), json.loads(body)
    return [
        EventInput(
            field.name,
            LABELS.get(field.name, field.name.replace("_", " ").capitalize()),
            _kind(hints.get(field.name, str)),
            field.default is MISSING,
            text_of(values.get(field.name)),
        )
        for field in entry.type.public_fields()
    ]


def _kind(hint: Any) -> Kind:
    kinds = get_args(hint) or (hint,)
    if bool in kinds:
        return "flag"
    if date in kinds:
        return "date"
    return "number" if int in kinds else "text"
