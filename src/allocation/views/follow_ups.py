"""Pages of a message's follow-ups, by keyset, in log order.

The log has an index of the messages of a chain, but none of the direct follow-ups of a message.
The follow-ups of an incoming message are its whole chain. Those of another message are selected
from the messages after it in its chain, of which one page examines a limited number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    func,
    literal_column,
    select,
)

from allocation.adapters.sql.message_log.schema import messages
from allocation.views.messages import COLUMNS, MessageView, message_view

EXAMINED: Final = 5_000
"""The maximum number of messages that one page examines."""


@dataclass(frozen=True, slots=True)
class FollowUpPage:
    """A page of the direct and indirect follow-ups of a message, in log order.

    `next_after` is the cursor of the next page, None on the last one; the next page may be empty,
    and still not be the last one. `remaining` counts the messages of the chain after this page:
    for an incoming message they are all its follow-ups, for another message some of them may be.
    """

    follow_ups: list[MessageView]
    next_after: int | None = None
    remaining: int = 0


STATUS_FACTS: Final = ("MessageHandled", "MessageFailed")
"""The facts of what became of a message: its own status says so already."""

_AFTER: Final = (
    messages.c.correlation_id == bindparam("chain"),
    messages.c.causation_id.is_not(None),
    messages.c.type.not_in([literal_column(f"'{name}'") for name in STATUS_FACTS]),
    messages.c.seq > bindparam("after"),
)


def _next(order: ColumnElement[int]) -> Select[Any]:
    numbers = select(messages.c.seq, messages.c.id, messages.c.causation_id)
    return numbers.where(*_AFTER).order_by(order).limit(bindparam("rows"))


# An expression on PostgreSQL, lest it search the whole log in order for messages of the chain.
_NEXT: Final = {"sqlite": _next(messages.c.seq), "postgresql": _next(messages.c.seq + 0)}
_REMAINING: Final = select(func.count()).where(*_AFTER)
_LISTED: Final = select(*COLUMNS).where(messages.c.seq.in_(bindparam("numbers", expanding=True)))


def _links() -> Select[Any]:
    """The given messages and their causes after a log number, each with its own cause."""
    given = select(messages.c.id, messages.c.causation_id).where(
        messages.c.id.in_(bindparam("ids", expanding=True)), messages.c.seq > bindparam("first")
    )
    links = given.cte("links", recursive=True)
    # A scalar subquery: by its estimates, PostgreSQL might join with the whole log instead.
    cause = (
        select(messages.c.causation_id)
        .where(messages.c.id == links.c.causation_id, messages.c.seq > bindparam("first"))
        .scalar_subquery()
    )
    further = select(links.c.causation_id, cause).where(links.c.causation_id.is_not(None))
    links = links.union(further)
    return select(links)


_LINKS: Final = _links()


def follow_up_page(
    connection: Connection, message: Row[Any], after: int, limit: int
) -> FollowUpPage:
    """The first follow-ups of a message after a log number."""
    of_chain = {"chain": message.correlation_id}
    rows = limit + 1 if message.causation_id is None else EXAMINED
    window = of_chain | {"after": max(after, message.seq), "rows": rows}
    examined = connection.execute(_NEXT[connection.dialect.name], window).all()
    numbers = _follow_ups(connection, message, examined)
    if len(numbers) > limit:
        last = numbers[limit - 1]
    elif len(examined) == rows:
        last = examined[-1].seq
    else:
        return FollowUpPage(_read(connection, numbers))
    remaining = connection.execute(_REMAINING, of_chain | {"after": last}).scalar_one()
    return FollowUpPage(_read(connection, numbers[:limit]), last, remaining)


def _follow_ups(
    connection: Connection, message: Row[Any], examined: Sequence[Row[Any]]
) -> list[int]:
    """The numbers of those of the examined messages that are follow-ups of the message."""
    if message.causation_id is None:
        return [row.seq for row in examined]
    causes = {row.id: row.causation_id for row in examined}
    others = {*causes.values()} - {*causes, message.id}
    if others:
        earlier = connection.execute(_LINKS, {"ids": sorted(others), "first": message.seq})
        causes |= {row.id: row.causation_id for row in earlier}
    caused = _caused_by(message.id, causes)
    return [row.seq for row in examined if row.id in caused]


def _caused_by(id: str, causes: dict[str, str | None]) -> set[str]:
    """The ids of the messages, given with their causes, that a message caused at any distance."""
    verdicts = {id: True}
    for start in causes:
        path = list[str]()
        cause: str | None = start
        while cause is not None and cause not in verdicts:
            path.append(cause)
            cause = causes.get(cause)
        verdicts.update(dict.fromkeys(path, cause is not None and verdicts[cause]))
    return {message for message, is_caused in verdicts.items() if is_caused}


def _read(connection: Connection, numbers: Sequence[int]) -> list[MessageView]:
    if not numbers:
        return []
    rows = connection.execute(_LISTED, {"numbers": numbers})
    return sorted(map(message_view, rows), key=lambda message: message.number)
