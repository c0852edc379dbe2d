"""Who has sent the latest messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages

SEARCHED: Final = 10_000
"""The number of latest messages whose senders are counted."""

LISTED: Final = 100
"""The maximum number of senders that are listed."""


@dataclass(frozen=True, slots=True)
class SenderView:
    """A sender: the number of its messages among the latest ones, and the time of the last one."""

    sender: str
    messages: int
    last_at: datetime


_latest = (
    select(messages.c.sender, messages.c.at)
    .order_by(messages.c.seq.desc())
    .limit(SEARCHED)
    .subquery()
)
_count = func.count()
_SENDERS: Final = (
    select(_latest.c.sender, _count, func.max(_latest.c.at))
    .where(_latest.c.sender.is_not(None))
    .group_by(_latest.c.sender)
    .order_by(_count.desc(), _latest.c.sender)
    .limit(LISTED)
)


class SenderViews:
    """Queries of the senders of messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self) -> list[SenderView]:
        """The senders of the latest messages, those of most messages first."""
        with self._database.reading() as connection:
            return [SenderView(*row) for row in connection.execute(_SENDERS)]
