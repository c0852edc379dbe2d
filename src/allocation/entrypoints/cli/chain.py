"""`allocation log show`."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from shlex import quote
from typing import Annotated, Final

import typer

from allocation.entrypoints.cli.console import DatabaseOption, counted, err, out, read_only, safe
from allocation.entrypoints.cli.raw_output import JsonOption, write_json
from allocation.views import LISTED, ChainView, MessageView

MOST_LISTED: Final = 1_000
"""The maximum number of follow-ups to list."""

DEEPEST: Final = 20
"""The maximum level of indentation."""


def show(
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="The message's id; that of an incoming one is its idempotency key."
        ),
    ],
    limit: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST_LISTED,
            help="The maximum number of follow-ups to list; a message may have very many.",
        ),
    ] = LISTED,
    after: Annotated[
        int,
        typer.Option(
            metavar="NUMBER", min=0, max=10**18, help="List the follow-ups after this log number."
        ),
    ] = 0,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Show a message of the log as a tree with its causes and its follow-ups.

    Each message is a line below its cause: the log number, the id, type and fields, status and
    time, who sent it, and what there is of failed attempts, error, refusal and results. The message
    itself is marked with an arrow.
    """
    chain = read_only(database, lambda queries: queries.log_views.chains.around(id, after, limit))
    if chain is None:
        err.print(f"[red]error:[/] Unknown message {safe(id)}")
        raise typer.Exit(1)
    if as_json:
        write_json(chain)
        return
    path = list(_path(chain))
    for level, line in enumerate(path):
        out.print(_indented(level, line, is_marked=level == len(path) - 1))
    for level, line in _follow_ups(chain):
        out.print(_indented(len(path) + level, line))
    if chain.page.next_after is not None:
        out.print(_next_page(chain, chain.page.next_after))


def _path(chain: ChainView) -> Iterator[str]:
    """The lines of the causes and of the message; one stands for the causes that are missing."""
    cause = None
    for message in (*chain.causes.messages, chain.message):
        if message.caused_by is not None and message.caused_by != cause:
            if chain.causes.missing == "pruned":
                yield f"(the log no longer has the cause {safe(message.caused_by)})"
            else:
                yield f"(more causes: allocation log show {safe(quote(message.id))})"
        yield _line(message)
        cause = message.id


def _follow_ups(chain: ChainView) -> Iterator[tuple[int, str]]:
    """The level and the line of each follow-up, below its cause if that is listed, too."""
    listed = {message.id for message in chain.page.follow_ups}
    below = defaultdict[str | None, list[MessageView]](list)
    for message in chain.page.follow_ups:
        cause = message.caused_by if message.caused_by in listed else None
        below[cause].append(message)
    waiting = [(0, message) for message in reversed(below[None])]
    while waiting:
        level, message = waiting.pop()
        is_far = level == 0 and message.caused_by != chain.message.id
        yield level, _line(message) + (f"  caused by {safe(message.caused_by)}" if is_far else "")
        waiting += [(level + 1, each) for each in reversed(below[message.id])]


def _indented(level: int, line: str, *, is_marked: bool = False) -> str:
    mark = "->" if is_marked else "  "
    return f"{mark} {'  ' * min(level, DEEPEST)}{line}"


def _line(message: MessageView) -> str:
    what = f"{message.number}  {message.id}  {message.type} {message.body}"
    parts = [safe(what), f"{message.status} {_format(message.at)}"]
    if message.sender is not None:
        parts.append(f"by {safe(message.sender)}")
    if message.attempts:
        parts.append(counted(message.attempts, "failed attempt", "failed attempts"))
    if message.due is not None:
        parts.append(f"due {_format(message.due)}")
    for name in ("error", "refusal", "results"):
        value = getattr(message, name)
        if value not in (None, "[]"):
            parts.append(f"{name}: {safe(value)}")
    return "  ".join(parts)


def _next_page(chain: ChainView, after: int) -> str:
    remaining = chain.page.remaining
    if chain.message.caused_by is None:
        more = f"{remaining:,} more"
    else:
        more = f"There may be more among the {counted(remaining, 'message', 'messages')}"
        more += " that follow in the chain"
    return f"{more}; for the next page: --after {after}"


def _format(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
