"""Pages of the latest messages, newest first, by a bounded search from the end of the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, collate, func, or_, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import ATTRIBUTE, batches, messages
from allocation.views.listed import LISTED
from allocation.views.messages import COLUMNS, MessageView, message_view

SEARCHED: Final = 10_000
"""The maximum number of messages that are searched for one page."""

CHUNK: Final = 1_000
"""The number of messages that one statement searches."""


class MessageFilter(NamedTuple):
    """Chooses messages; None chooses all.

    Attributes:
        type: the name of their type.
        status: their status.
        sku: the product that they are about, by its sku or by one of its batches.
        sender: who sent them; follow-ups have no sender of their own.
    """

    type: str | None = None
    status: str | None = None
    sku: str | None = None
    sender: str | None = None


ALL: Final = MessageFilter()


@dataclass(frozen=True, slots=True)
class RecentPage:
    """A page of messages, newest first.

    `next_before` is the cursor of the next page, None if there are no earlier messages; the next
    page may be empty, and still not be the last one. `searched_to` is the time of the last message
    that was searched if the search ended before the page was full.
    """

    messages: list[MessageView]
    next_before: int | None
    searched_to: datetime | None = None


_number: Final = messages.c.seq
_BEFORE: Final = _number < bindparam("before")
_CHUNK: Final = (
    select(_number).where(_BEFORE).order_by(_number.desc()).limit(bindparam("chunk")).subquery()
)
_START: Final = select(func.min(_CHUNK.c.seq), func.count()).select_from(_CHUNK)
_PAGE: Final = (
    select(*COLUMNS)
    .where(_BEFORE, _number >= bindparam("start"))
    .order_by(_number.desc())
    .limit(bindparam("rows"))
)
_TIME: Final = select(messages.c.at).where(_number == bindparam("number"))
_AFTER_ALL: Final = 2**62


def about_product(dialect: str) -> ColumnElement[bool]:
    """The condition that a message is about a product, by its sku or by one of its batches."""
    attribute = ATTRIBUTE[dialect]
    ref = attribute("ref")
    if dialect == "postgresql":
        ref = collate(ref, "default")  # that of the primary key, which would not be used otherwise
    # A scalar subquery, which looks each batch up by its reference.
    sku = select(batches.c.sku).where(batches.c.reference == ref).scalar_subquery()
    return or_(attribute("sku") == bindparam("sku"), sku == bindparam("sku"))


def _conditions(dialect: str) -> Mapping[str, ColumnElement[bool]]:
    # Expressions, lest a database search a partial index that does not fit the order.
    return {
        "type": func.coalesce(messages.c.type, "") == bindparam("type"),
        "status": func.coalesce(messages.c.status, "") == bindparam("status"),
        "sku": about_product(dialect),
        "sender": messages.c.sender == bindparam("sender"),
    }


_CONDITIONS: Final = {dialect: _conditions(dialect) for dialect in ATTRIBUTE}


class RecentViews:
    """Queries of the latest messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        chosen: MessageFilter = ALL,
        *,
        before: int | None = None,
        limit: int = LISTED,
        searched: int = SEARCHED,
    ) -> RecentPage:
        """The latest messages before the cursor `next_before` of a page, or of all."""
        matches = list[MessageView]()
        place = _AFTER_ALL if before is None else before
        with self._database.reading() as connection:
            while searched > 0:
                rows, start = _chunk(connection, chosen, place, limit + 1 - len(matches))
                matches += rows
                if len(matches) > limit:
                    return RecentPage(matches[:limit], matches[limit - 1].number)
                if start is None:
                    return RecentPage(matches, None)
                place, searched = start, searched - CHUNK
            searched_to = connection.execute(_TIME, {"number": place}).scalar_one_or_none()
        return RecentPage(matches, place, None if len(matches) == limit else searched_to)


def _chunk(
    connection: Connection, chosen: MessageFilter, before: int, rows: int
) -> tuple[list[MessageView], int | None]:
    """The messages of the next chunk, and its start; None for the start of the log."""
    values = {name: value for name, value in chosen._asdict().items() if value is not None}
    asked = [_CONDITIONS[connection.dialect.name][name] for name in values]
    window: dict[str, Any] = {"before": before, "chunk": CHUNK}
    start, count = connection.execute(_START, window).one()
    if not count:
        return [], None
    parameters = {"before": before, "start": start, "rows": rows, **values}
    messages = connection.execute(_PAGE.where(*asked), parameters)
    return [message_view(row) for row in messages], start if count == CHUNK else None
