"""`make messages`: writes docs/messages.md, a page of all messages, from the registry."""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from inspect import getdoc
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from allocation.bootstrap import MessageType, Outcome, Registry, body_types
from allocation.domain.events import Event
from allocation.domain.validation import EARLIEST_DATE, LARGEST_QUANTITY, LATEST_DATE, LONGEST_TEXT
from allocation.entrypoints.http.error_responses import code_of, status_of
from allocation.entrypoints.http.schemas import event_schema
from allocation.entrypoints.http.writes import STATUS
from allocation.messaging.digests import FactRange
from allocation.service_layer.messagebus import REGISTRY

PAGE: Final = Path(__file__).parents[1] / "docs" / "messages.md"

WIDTH: Final = 118


class Meaning(NamedTuple):
    """What a field of a message from outside stands for, and in which unit."""

    text: str
    unit: str = ""


FIELD_MEANINGS: Final[Mapping[str, Meaning]] = {
    "ref": Meaning("the reference of the batch"),
    "new_ref": Meaning("the reference of the batch that the units become; another one than `ref`"),
    "sku": Meaning("the product"),
    "qty": Meaning("the number of units, in the sense of the first sentence", "units"),
    "eta": Meaning("the day on which the batch is due; none if it is in the warehouse", "day"),
    "orderid": Meaning("the order"),
    "line": Meaning("the name of the line, if the order has several for the sku"),
    "required_by": Meaning("the last day on which the units help the customer", "day"),
    "split": Meaning(
        "whether the units may come from several batches; by default, `ALLOCATION_SPLIT_LINES`"
    ),
    "reason": Meaning("why; it is recorded in the log, and shown by `allocation explain`"),
}
"""The meaning of each field name, which is the same in all messages."""

SENDERS: Final[Mapping[str, str]] = {
    "stock": "the stock's side, such as the warehouse or purchasing",
    "orders": "the orders' side, such as the shop or the loading dock",
}
"""Who sends the messages of a tag."""

OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.CREATED: "created",
    Outcome.ACCEPTED: "accepted, not done yet",
    Outcome.DONE: "done",
}

INTRODUCTION: Final = f"""\
# Messages

Every message of the application. This page is made from the registry by `make messages`, and a test
fails if it is out of date. [Adding a message](adding-a-message.md) tells where these texts come
from, the [scenarios](scenarios.md) what the messages are good for.

- [Messages from outside](#messages-from-outside) are sent over HTTP (`POST /VERB`, or as a line of
  `POST /messages`) or with `allocation send`. Only these can be refused.
- [Follow-ups](#follow-ups) are raised by the handlers of other messages, and handled like those.
- [Facts](#facts) are raised, too. They tell what has happened, and nothing handles them.
- [Deliveries](#deliveries) are written beside facts, and leave the application after the commit.

In the tables, a *text* has 1 to {LONGEST_TEXT} visible characters, and no blanks around it (`line`
may be empty); an *integer* is at most {LARGEST_QUANTITY:,}; a *date* is written `YYYY-MM-DD`, and
lies between {EARLIEST_DATE} and {LATEST_DATE}. An optional field may be omitted, or null.

Besides the errors that are listed with it, every message can be refused with `invalid_value` (400:
a field has an invalid value) and `id_reused` (422: its key was used for another message);
[errors.md](errors.md) has the errors of HTTP itself. In a dry run (`?dry_run=true`, `--dry-run`),
the answer has all moves as `moved`, no `next`, and in addition `dry_run` and `complete`.
"""


def page(registry: Registry) -> str:
    """The text of the page for a registry."""
    incoming = [*registry.incoming.values()]
    others = [entry for entry in registry.entries if entry.incoming is None]
    anchors = {entry.type: _anchor(entry) for entry in registry.entries}
    sections = Sections(registry, anchors)
    parts = [
        INTRODUCTION,
        "## Messages from outside\n",
        _contents(incoming, anchors),
        *map(sections.message_from_outside, incoming),
        "## Parts of the answers\n",
        *map(_answer_part, _nested(incoming)),
        "## Follow-ups\n",
        *(sections.raised_message(entry) for entry in others if entry.handlers),
        "## Facts\n",
        *(sections.raised_message(entry) for entry in others if entry.recorded),
        "## Deliveries\n",
        *(sections.raised_message(entry) for entry in others if entry.destinations),
    ]
    return "\n".join(parts)


def command(message: Event) -> str:
    """The `allocation send` that sends a message."""
    words = [f"{name}={_quoted(str(value))}" for name, value in _given(message).items()]
    return " ".join(["allocation send", REGISTRY.name(message), *words])


def body(message: Event) -> str:
    """The JSON that sends a message, without the optional fields that are not given."""
    return json.dumps(_given(message), ensure_ascii=False)


class Sections:
    """Describes the entries of a registry, which refer to each other."""

    def __init__(self, registry: Registry, anchors: Mapping[type, str]) -> None:
        self._registry = registry
        self._anchors = anchors

    def message_from_outside(self, entry: MessageType[Any]) -> str:
        """The section of a message that clients may send."""
        incoming = entry.as_incoming
        sent = f"    {command(incoming.example)}\n"
        posted = f"    POST /{incoming.verb} {body(incoming.example)}\n"
        return "\n".join(
            [
                f"### {entry.name}: `{incoming.verb}`\n",
                f"{_documentation(entry.type)}\n",
                f"{_wrapped(f'**Sent by** {SENDERS[incoming.tag]} (`{incoming.tag}`).')}\n",
                _table(("field", "type", "unit", "needed", "meaning"), _field_rows(entry)),
                f"{_wrapped(f'**What it does.** {incoming.description}')}\n",
                "For example, by command or over HTTP:\n",
                f"{sent}{posted}",
                _table(("answer", "status", "body"), _answer_rows(entry)),
                _table(("error", "status", "meaning"), _error_rows(entry)),
                *self._relations(entry),
            ]
        )

    def raised_message(self, entry: MessageType[Any]) -> str:
        """The section of a message that only handlers and jobs raise."""
        hints = get_type_hints(entry.type)
        listed = [f"`{each.name}` ({_type_text(hints[each.name])})" for each in fields(entry.type)]
        return "\n".join(
            [
                f"### {entry.name}\n",
                f"{_documentation(entry.type)}\n",
                f"{_wrapped('Fields: ' + ', '.join(listed) + '.')}\n",
                *self._relations(entry),
            ]
        )

    def _relations(self, entry: MessageType[Any]) -> Iterator[str]:
        causes = [each.type for each in self._registry.entries if entry.type in each.raises]
        if entry.raises:
            yield f"{_wrapped(f'**Raises** {self._links(entry.raises)}.')}\n"
        if entry.audience is not None:
            yield f"{_wrapped(f'**Mailed** to `{entry.audience}`, in a [digest](#digest).')}\n"
        if causes:
            yield f"{_wrapped(f'**Raised by** {self._links(causes)}.')}\n"

    def _links(self, kinds: Iterable[type]) -> str:
        return ", ".join(
            f"[{self._registry.name_of(kind)}](#{self._anchors[kind]})" for kind in kinds
        )


def _contents(entries: Iterable[MessageType[Any]], anchors: Mapping[type, str]) -> str:
    rows = (
        (f"[{entry.name}](#{anchors[entry.type]})", f"`{incoming.verb}`", incoming.summary)
        for entry in entries
        for incoming in [entry.as_incoming]
    )
    return _table(("message", "verb", "title"), rows)


def _anchor(entry: MessageType[Any]) -> str:
    verb = "" if entry.incoming is None else f"-{entry.incoming.verb}"
    return f"{entry.name.lower()}{verb}"


def _field_rows(entry: MessageType[Any]) -> Iterator[Sequence[str]]:
    hints, schemas = get_type_hints(entry.type), event_schema(entry).properties or {}
    for each in entry.type.public_fields():
        meaning = FIELD_MEANINGS[each.name]
        kind = _type_text(_given_kind(hints[each.name]))
        least = getattr(schemas[each.name], "minimum", None)
        if least is not None:
            kind = f"{kind}, at least {least}"
        yield f"`{each.name}`", kind, meaning.unit, _presence(each), meaning.text


def _presence(field: Field[Any]) -> str:
    return "required" if field.default is MISSING else "optional"


def _answer_rows(entry: MessageType[Any]) -> Iterator[Sequence[str]]:
    for outcome, replied in entry.as_incoming.replies.items():
        for kind in body_types(replied):
            yield OUTCOMES[outcome], str(STATUS[outcome]), _body_text(kind)


def _body_text(kind: type[Any]) -> str:
    hints = get_type_hints(kind)
    return ", ".join(f"`{each.name}`: {_type_text(hints[each.name])}" for each in fields(kind))


def _error_rows(entry: MessageType[Any]) -> Iterator[Sequence[str]]:
    for refusal in entry.as_incoming.refusals:
        meaning = (getdoc(refusal) or "").partition("\n")[0]
        yield f"`{code_of(refusal)}`", str(status_of(refusal)), meaning


def _nested(entries: Iterable[MessageType[Any]]) -> list[type[Any]]:
    """The types of which the bodies of the answers have lists, each once."""
    bodies = [
        kind
        for entry in entries
        for replied in entry.as_incoming.replies.values()
        for kind in body_types(replied)
    ]
    hints = [hint for kind in bodies for hint in get_type_hints(kind).values()]
    items = [get_args(hint)[0] for hint in hints if get_origin(hint) is list]
    return [*dict.fromkeys(items)]


def _answer_part(kind: type[Any]) -> str:
    hints = get_type_hints(kind)
    rows = ((f"`{each.name}`", _type_text(hints[each.name])) for each in fields(kind))
    table = _table(("field", "type"), rows)
    return f"### {kind.__name__}\n\n{_documentation(kind)}\n\n{table}"


def _given_kind(hint: Any) -> Any:
    """The annotation of a field without None."""
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    return kinds[0] if kinds else hint


def _type_text(hint: Any) -> str:
    """An annotation in words."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " or ".join(f"`{json.dumps(value)}`" for value in arguments)
    if origin in (Union, UnionType):
        return " or ".join(map(_type_text, arguments))
    if origin is list:
        return f"list of {_type_text(arguments[0])}"
    if origin is dict:
        return f"{_type_text(arguments[1])} by name"
    if is_dataclass(hint):
        name = getattr(hint, "__name__", "")
        return f"[{name}](#{name.lower()})"
    return _WORDS[hint]


_WORDS: Final[Mapping[Any, str]] = {
    str: "text",
    int: "integer",
    bool: "true or false",
    date: "date",
    NoneType: "null",
    FactRange: "`[chain, first, last]`",
}


def _given(message: Event) -> dict[str, Any]:
    values = {each.name: getattr(message, each.name) for each in message.public_fields()}
    return {name: msgspec.to_builtins(v) for name, v in values.items() if v is not None}


def _quoted(word: str) -> str:
    return f'"{word}"' if set(word) & set(" '") else word


def _documentation(kind: type[Any]) -> str:
    paragraphs = (getdoc(kind) or "").split("\n\n")
    return "\n\n".join(map(_wrapped, paragraphs))


def _wrapped(text: str) -> str:
    return textwrap.fill(
        " ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(REGISTRY), encoding="utf-8")


if __name__ == "__main__":
    main()
