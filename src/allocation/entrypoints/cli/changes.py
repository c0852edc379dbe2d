"""Makes one change, and prints the new state and the order lines that moved."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from shlex import quote
from typing import Annotated, Any

import typer

from allocation.bootstrap import Answer, Application, Reply
from allocation.domain.events import Event
from allocation.entrypoints.cli import outbox
from allocation.entrypoints.cli.console import application, counted, out, safe
from allocation.entrypoints.cli.dry_runs import (
    NOTHING_CHANGED,
    application_for_dry_run,
    print_moves,
)
from allocation.entrypoints.cli.moves import Days, counted_moves, promised_days, table_of_moves
from allocation.entrypoints.cli.promises import print_promises
from allocation.entrypoints.cli.raw_output import write_json
from allocation.entrypoints.dry_replies import dry_reply
from allocation.entrypoints.idempotency_keys import clean_key
from allocation.entrypoints.users import command_sender
from allocation.views import LISTED, ChangedPromise, MoveSummary

KeyOption = Annotated[
    str | None,
    typer.Option(
        "--id",
        metavar="KEY",
        help="The idempotency key: a message repeated with the same key takes effect once.",
        show_default=False,
    ),
]
ReasonOption = Annotated[
    str | None,
    typer.Option(
        "--reason", metavar="TEXT", help="The reason, recorded in the log.", show_default=False
    ),
]


@dataclass(frozen=True)
class Change:
    """A change that was made, or, in a dry run, would be made.

    Attributes:
        parts: the application.
        body: the body of the reply to the change's message.
        dry_run: whether the change was only tried.
    """

    parts: Application
    body: Any
    dry_run: bool

    def phrase(self, now: str, would: str) -> str:
        """The first phrase, or the second one in a dry run."""
        return would if self.dry_run else now


Describe = Callable[[Change], Iterable[str]]
"""Describes the state after a change, in one or more lines of text."""


def change(
    event: Event,
    describe: Describe,
    *,
    key: str | None,
    dry_run: bool,
    as_json: bool,
    database: str | None,
) -> None:
    """Handle a message, or make a dry run of it, and print the state and the moved lines.

    With `as_json`, the body of the reply over HTTP is printed instead.

    Raises:
        Exception: the refusal or the failure, if there was one.
    """
    id = clean_key(key)
    if as_json:
        with (application_for_dry_run if dry_run else application)(database) as parts:
            write_json(reply_to(parts, event, id, dry_run=dry_run).body)
            if not dry_run:
                outbox.send(parts)
    else:
        (_try if dry_run else _make)(event, describe, id, database)


def reply_to(parts: Application, event: Event, id: str | None, *, dry_run: bool) -> Reply:
    """Handle a message, or make a dry run of it; return the reply, as over HTTP.

    Raises:
        Exception: the refusal or the failure, if there was one.
    """
    incoming = parts.registry.incoming[parts.registry.name(event)].as_incoming
    if dry_run:
        [tried] = parts.dry_run([event], id)
        return parts.present_dry_run(incoming, event, tried)
    return parts.present(incoming, event, parts.handle(event, id, sender=command_sender()))


def describe_batch(subject: str, now: str, would: str) -> Describe:
    """Describe a batch with a phrase about it, or with another one in a dry run."""
    return lambda change: [f"{subject} {change.phrase(now, would)}."]


def _make(event: Event, describe: Describe, id: str | None, database: str | None) -> None:
    with application(database) as parts:
        answer = parts.handle(event, id, sender=command_sender())
        _print_answer(parts, event, answer, describe)
        outbox.send(parts)


def _try(event: Event, describe: Describe, id: str | None, database: str | None) -> None:
    with application_for_dry_run(database) as parts:
        [answer] = parts.dry_run([event], id)
        if answer.recorded is not None:
            _print_answer(parts, event, answer.recorded, describe)
            out.print(NOTHING_CHANGED)
            return
        reply = dry_reply(parts, event, answer)
        _print_lines(describe(Change(parts, reply.body, dry_run=True)))
        out.print(counted_moves(reply.moves, "would move"))
        print_moves(reply.moves, _promises(reply.body), complete=reply.complete)


def _print_answer(parts: Application, event: Event, answer: Answer, describe: Describe) -> None:
    incoming = parts.registry.incoming[parts.registry.name(event)].as_incoming
    result = answer.result
    moves = parts.views.moves.summary(answer.id)
    body = incoming.present(event, result, moves).body
    if answer.repeated:
        out.print(f"The key {safe(answer.id)} was used before: nothing has been done again.")
    promises = _promises(body)
    _print_lines(describe(Change(parts, body, dry_run=False)))
    _print_summary(moves, promised_days(promises))
    is_all = getattr(body, "next_promises", None) is None
    print_promises(promises, "moved", complete=is_all)


def _promises(body: Any) -> Sequence[ChangedPromise]:
    """The changed promises that a reply lists, if it lists any."""
    promises: Sequence[ChangedPromise] = getattr(body, "promises", ())
    return promises


def _print_summary(moves: MoveSummary, before: Days) -> None:
    is_all = moves.page.next_after is None
    out.print(counted_moves(moves.page.moves, "moved") if is_all else _counts(moves))
    if moves.page.moves:
        out.print(table_of_moves(moves.page.moves, before))
    if not is_all:
        all_of_them = f"`allocation show moves {safe(quote(moves.id))}`"
        out.print(f"These are the first {LISTED}; {all_of_them} lists all.")


def _counts(moves: MoveSummary) -> str:
    deallocated = counted(moves.counts.deallocated, "order line was", "order lines were")
    return f"{deallocated} deallocated, {moves.counts.allocated:,} allocated."


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        out.print(safe(line))
