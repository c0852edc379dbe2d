"""Queries of the message log: unfinished messages, dead letters and chains."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import String, bindparam, exists, func, select, text

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.schema import UNFINISHED, messages
from allocation.domain.validation import normalize_name
from allocation.views.activity import ActivityViews
from allocation.views.chains import ChainViews
from allocation.views.failed_messages import FailureViews
from allocation.views.listed import LISTED
from allocation.views.log_version import LAST, LogVersion, log_version
from allocation.views.message_counts import MessageCountViews
from allocation.views.recent import RecentViews
from allocation.views.senders import SenderViews


@dataclass(frozen=True, slots=True)
class DeadLetterView:
    """A dead letter: its message as JSON, and the error of its last attempt.

    `sender` is who sent the incoming message that it follows from; None if the log does not say.
    """

    id: str
    type: str
    body: str
    caused_by: str | None
    at: datetime
    attempts: int
    error: str | None
    sender: str | None


@dataclass(frozen=True, slots=True)
class UnfinishedView:
    """A message that is not handled (pending) or not delivered (outgoing) yet.

    `due` is the earliest time of the next attempt, None for at once; `error` is the error of the
    last of the `attempts`. `sender` is who sent the incoming message that it follows from; None if
    the log does not say.
    """

    id: str
    type: str
    body: str
    status: str
    at: datetime
    attempts: int
    due: datetime | None
    error: str | None
    sender: str | None


SEARCH_LIMIT: Final = 10_000
"""The number of latest messages that are searched."""

_latest = (
    select(messages.c.status, messages.c.error, messages.c.correlation_id)
    .order_by(messages.c.seq.desc())
    .limit(SEARCH_LIMIT)
    .subquery()
)
_SKIPPED = select(_latest.c.error).where(
    _latest.c.status == "handled", _latest.c.error.is_not(None)
)
_incoming = messages.alias("incoming")
_SENDER = (
    select(_incoming.c.sender)
    .where(_incoming.c.id == messages.c.correlation_id)
    .scalar_subquery()
    .label("sender")
)
_OTHERS = select(
    exists().where(
        func.substr(_latest.c.correlation_id, 1, func.length(bindparam("prefix", type_=String)))
        != bindparam("prefix", type_=String)
    )
)
# The digests of one cause share an ordering key, and are one mail.
_OUTGOING = select(func.count(messages.c.ordering_key.distinct())).where(
    text("status = 'outgoing'")
)
_UNFINISHED = (
    select(
        messages.c.id,
        messages.c.type,
        messages.c.body,
        messages.c.status,
        messages.c.at,
        messages.c.attempts,
        messages.c.due,
        messages.c.error,
        _SENDER,
    )
    .where(text(UNFINISHED))
    .order_by(messages.c.status, messages.c.seq)
    .limit(LISTED)
)
_LETTERS = select(
    messages.c.id,
    messages.c.type,
    messages.c.body,
    messages.c.causation_id,
    messages.c.at,
    messages.c.attempts,
    messages.c.error,
    _SENDER,
).where(text("status = 'dead'"))  # as in the partial index
_FIRST_LETTERS = _LETTERS.order_by(messages.c.seq).limit(LISTED)
_LETTER = _LETTERS.where(messages.c.id == bindparam("id"))


class LogViews:
    """The operator's queries of the message log."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.chains = ChainViews(database)
        """Queries of messages with their causes and follow-ups."""
        self.recent = RecentViews(database)
        """Queries of the latest messages."""
        self.failures = FailureViews(database)
        """Queries of dead letters."""
        self.counts = MessageCountViews(database)
        """Counts of the latest messages."""
        self.activity = ActivityViews(database)
        """Queries of what the log has taken in lately."""
        self.senders = SenderViews(database)
        """Queries of who has sent them."""

    def last_number(self) -> int:
        """The number of the last message in the log; 0 for an empty one."""
        with self._database.reading() as connection:
            number: int = connection.execute(select(LAST)).scalar_one()
        return number

    def version(self) -> LogVersion:
        """The version of the log."""
        with self._database.reading() as connection:
            return log_version(connection)

    def has_others_than(self, prefix: str) -> bool:
        """Whether the latest messages are others than those of which the ids begin like this.

        Their follow-ups are no others.
        """
        with self._database.reading() as connection:
            return bool(connection.execute(_OTHERS, {"prefix": prefix}).scalar_one())

    def outgoing(self) -> int:
        """The number of messages that are not delivered yet."""
        with self._database.reading() as connection:
            return connection.execute(_OUTGOING).scalar_one()

    def unfinished(self) -> list[UnfinishedView]:
        """The first hundred unfinished messages: outgoing ones, then pending ones."""
        with self._database.reading() as connection:
            return [UnfinishedView(*row) for row in connection.execute(_UNFINISHED)]

    def skipped(self) -> Counter[str]:
        """Count the skipped deliveries among the latest messages, by reason."""
        with self._database.reading() as connection:
            return Counter(connection.execute(_SKIPPED).scalars())

    def dead_letters(self) -> list[DeadLetterView]:
        """The first hundred dead letters, in log order."""
        with self._database.reading() as connection:
            return [DeadLetterView(*row) for row in connection.execute(_FIRST_LETTERS)]

    def dead_letter(self, id: str) -> DeadLetterView | None:
        """The dead letter with this id, or None."""
        name = normalize_name(id)
        if name is None:
            return None
        with self._database.reading() as connection:
            row = connection.execute(_LETTER, {"id": name}).one_or_none()
        return None if row is None else DeadLetterView(*row)
