"""How many of the latest messages each type has led to."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.schema import messages

COUNTED: Final = 2_000
"""The number of latest messages that are counted."""


@dataclass(frozen=True, slots=True)
class MessageCounts:
    """Counts of the latest messages, by their type and that of their direct cause.

    The type of the cause is None for a message from outside, and for one whose cause the log no
    longer has. `since` is the time of the first message that is counted.
    """

    pairs: Counter[tuple[str | None, str]]
    since: datetime | None

    def of_type(self, name: str) -> int:
        """The number of messages of a type."""
        return sum(count for (_, type), count in self.pairs.items() if type == name)


_cause = messages.alias("cause")
# A scalar subquery: by its estimates, PostgreSQL might join with the whole log instead.
_TYPE_OF_CAUSE: Final = (
    select(_cause.c.type).where(_cause.c.id == messages.c.causation_id).scalar_subquery()
)
_IS_COUNTED: Final = messages.c.seq > bindparam("after")
_LATEST: Final = (
    select(_TYPE_OF_CAUSE.label("cause"), messages.c.type).where(_IS_COUNTED).subquery()
)
_PAIRS: Final = select(_LATEST.c.cause, _LATEST.c.type, func.count()).group_by(
    _LATEST.c.cause, _LATEST.c.type
)
_FIRST: Final = select(messages.c.at).where(_IS_COUNTED).order_by(messages.c.seq).limit(1)
_LAST: Final = select(func.max(messages.c.seq))


class MessageCountViews:
    """Counts of the latest messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, counted: int = COUNTED) -> MessageCounts:
        """The counts of so many messages at the end of the log; of fewer if it has gaps there."""
        with self._database.reading() as connection:
            last = connection.execute(_LAST).scalar_one() or 0
            after = {"after": last - counted}
            rows = connection.execute(_PAIRS, after).all()
            since = connection.execute(_FIRST, after).scalar_one_or_none()
        return MessageCounts(Counter({(cause, type): n for cause, type, n in rows}), since)
