"""`allocation send`: sends a message of any incoming type."""

from collections.abc import Iterable
from dataclasses import MISSING
from typing import Annotated, Any, get_args, get_type_hints

import msgspec
import typer

from allocation.bootstrap import MessageType, Registry
from allocation.domain.events import Event
from allocation.entrypoints.cli import outbox
from allocation.entrypoints.cli.changes import KeyOption, reply_to
from allocation.entrypoints.cli.console import DatabaseOption, application, out, safe
from allocation.entrypoints.cli.dry_runs import DryRunOption, application_for_dry_run
from allocation.entrypoints.idempotency_keys import clean_key
from allocation.errors import InputError, InvalidValue


def send(
    kind: Annotated[
        str, typer.Argument(metavar="TYPE", help="The type of the message, such as BatchCreated.")
    ],
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FIELD=VALUE...",
            help="A value for each field; dates as YYYY-MM-DD; an empty value for none.",
            show_default=False,
        ),
    ] = None,
    id: KeyOption = None,
    dry_run: DryRunOption = False,
    database: DatabaseOption = None,
) -> None:
    """Send one message, and print the result as a line of JSON.

    The types and their fields are those of POST /messages.
    """
    key = clean_key(id)
    opened = application_for_dry_run if dry_run else application
    with opened(database) as parts:
        entry = _entry(parts.registry, kind)
        event = event_of(entry.type, values or ())
        reply = reply_to(parts, event, key, dry_run=dry_run)
        out.print(safe(msgspec.json.encode(reply.body).decode()))
        if not dry_run:
            outbox.send(parts)


def event_of(kind: type[Event], values: Iterable[str]) -> Event:
    """Make an event from arguments of the form `FIELD=VALUE`.

    Raises:
        InputError: an argument is not FIELD=VALUE, or a field is missing, unknown or given twice.
        InvalidValue: a field has an invalid value.
    """
    words = _by_field(values)
    names = [field.name for field in kind.public_fields()]
    for name in words:
        if name not in names:
            raise InputError(
                f"{name!r:.80} is not a field of {kind.__name__}, whose fields are "
                f"{', '.join(names)}"
            )
    hints = get_type_hints(kind)
    for field in kind.public_fields():
        if field.name not in words and field.default is MISSING:
            raise InputError(f"{field.name} is missing: give {field.name}=VALUE")
    return kind(**{name: _value(name, word, hints[name]) for name, word in words.items()})


def _entry(registry: Registry, kind: str) -> MessageType[Any]:
    if kind not in registry.incoming:
        raise InputError(f"type {kind!r:.80} is none of {', '.join(registry.incoming)}")
    return registry.incoming[kind]


def _by_field(values: Iterable[str]) -> dict[str, str]:
    words: dict[str, str] = {}
    for word in values:
        name, equals, value = word.partition("=")
        if not equals:
            raise InputError(f"{word!r:.80} is not FIELD=VALUE")
        if name in words:
            raise InputError(f"{name} is given twice")
        words[name] = value
    return words


def _value(name: str, word: str, hint: Any) -> object:
    if word == "" and type(None) in get_args(hint):
        return None
    try:
        return msgspec.convert(word, hint, strict=hint is str)
    except msgspec.ValidationError as error:
        reason = str(error).replace("`", "")
        raise InvalidValue(name, word, f"is invalid: {reason}") from None
