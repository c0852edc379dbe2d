"""Queries of a message with its causes and follow-ups: why it was sent, and what it caused."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, Select, bindparam, literal, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.schema import messages
from allocation.domain.validation import normalize_name
from allocation.views.follow_ups import FollowUpPage, follow_up_page
from allocation.views.listed import LISTED
from allocation.views.messages import COLUMNS, MessageView, message_view

Missing = Literal["pruned", "left out"]
"""Why some causes are not listed: the log no longer has them, or there are too many."""


@dataclass(frozen=True, slots=True)
class Causes:
    """The causes of a message, from the incoming message that began the chain to the direct cause.

    If there are very many, those after the incoming message and before the last hundred are left
    out. If the first ones are pruned, the list begins with the first one that the log still has.
    """

    messages: list[MessageView]
    missing: Missing | None = None


@dataclass(frozen=True, slots=True)
class ChainView:
    """A message, its causes, and a page of its follow-ups."""

    message: MessageView
    causes: Causes
    page: FollowUpPage


def _nearest() -> Select[Any]:
    """The last causes of a message, found one after the other by their ids."""
    first = select(*COLUMNS, literal(1).label("distance")).where(
        messages.c.id == bindparam("cause")
    )
    causes = first.cte("causes", recursive=True)
    further = select(*COLUMNS, causes.c.distance + 1).where(
        messages.c.id == causes.c.causation_id, causes.c.distance < LISTED
    )
    causes = causes.union_all(further)
    return select(causes)


_MESSAGE: Final[Select[Any]] = select(*COLUMNS, messages.c.correlation_id).where(
    messages.c.id == bindparam("id")
)
_NEAREST: Final = _nearest()


class ChainViews:
    """Queries of messages with their causes and follow-ups."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def message(self, id: str) -> MessageView | None:
        """The message with this id, or None."""
        name = normalize_name(id)
        if name is None:
            return None
        with self._database.reading() as connection:
            row = _find(connection, name)
        return None if row is None else message_view(row)

    def around(self, id: str, after: int = 0, limit: int = LISTED) -> ChainView | None:
        """The message with this id, with its causes and a page of its follow-ups; or None.

        `after` is the cursor `next_after` of the previous page.
        """
        name = normalize_name(id)
        if name is None:
            return None
        with self._database.reading() as connection:
            row = _find(connection, name)
            if row is None:
                return None
            page = follow_up_page(connection, row, after, limit)
            return ChainView(message_view(row), _causes(connection, row), page)


def _find(connection: Connection, id: str) -> Row[Any] | None:
    return connection.execute(_MESSAGE, {"id": id}).one_or_none()


def _causes(connection: Connection, message: Row[Any]) -> Causes:
    if message.causation_id is None:
        return Causes([])
    rows = connection.execute(_NEAREST, {"cause": message.causation_id})
    nearest = [message_view(row) for row in rows]
    nearest.sort(key=lambda cause: cause.number)
    if len(nearest) < LISTED:
        is_complete = nearest and nearest[0].caused_by is None
        return Causes(nearest, None if is_complete else "pruned")
    incoming = _find(connection, message.correlation_id)
    first = [] if incoming is None else [message_view(incoming)]
    return _joined(first, nearest)


def _joined(incoming: list[MessageView], nearest: list[MessageView]) -> Causes:
    """The incoming message, if the log still has it, and the last hundred causes."""
    before = nearest[0].caused_by
    if before is None:
        return Causes(nearest)
    is_complete = [before] == [cause.id for cause in incoming]
    return Causes([*incoming, *nearest], None if is_complete else "left out")
