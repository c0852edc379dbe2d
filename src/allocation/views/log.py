"""Reads of the message log: what is not finished, and what was given up."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select, text

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.schema import UNFINISHED, messages
from allocation.domain.validation import known_as
from allocation.views.listed import LISTED


@dataclass(frozen=True, slots=True)
class DeadLetterView:
    """A message that was given up: its body as JSON, and what its last attempt failed with."""

    id: str
    type: str
    body: str
    caused_by: str | None
    at: datetime
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True)
class UnfinishedView:
    """A message that is still to be handled (pending) or carried outside (outgoing).

    `due` is when its next attempt may be made, None is at once; `error` is what the last of
    its `attempts` failed with.
    """

    id: str
    type: str
    body: str
    fate: str
    at: datetime
    attempts: int
    due: datetime | None
    error: str | None


LOOKED_THROUGH: Final = 10_000
"""The latest messages among which those are looked for that were not carried outside."""

_latest = (
    select(messages.c.fate, messages.c.error)
    .order_by(messages.c.seq.desc())
    .limit(LOOKED_THROUGH)
    .subquery()
)
_SKIPPED = select(_latest.c.error).where(_latest.c.fate == "handled", _latest.c.error.is_not(None))
_OUTGOING = select(func.count()).select_from(messages).where(text("fate = 'outgoing'"))
_UNFINISHED = (
    select(
        messages.c.id,
        messages.c.type,
        messages.c.body,
        messages.c.fate,
        messages.c.at,
        messages.c.attempts,
        messages.c.due,
        messages.c.error,
    )
    .where(text(UNFINISHED))
    .order_by(messages.c.fate, messages.c.seq)
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
).where(text("fate = 'dead'"))  # as in the partial index
_FIRST_LETTERS = _LETTERS.order_by(messages.c.seq).limit(LISTED)
_LETTER = _LETTERS.where(messages.c.id == bindparam("id"))


class LogViews:
    """The answers to what those ask who see to the messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def outgoing(self) -> int:
        """How many messages are to be carried outside, now or later."""
        with self._database.reading() as connection:
            return connection.execute(_OUTGOING).scalar_one()

    def unfinished(self) -> list[UnfinishedView]:
        """The first hundred of what is still to be carried outside, and then to be handled."""
        with self._database.reading() as connection:
            return [UnfinishedView(*row) for row in connection.execute(_UNFINISHED)]

    def skipped(self) -> Counter[str]:
        """How many of the latest messages were done with though not carried outside, and why."""
        with self._database.reading() as connection:
            return Counter(connection.execute(_SKIPPED).scalars())

    def dead_letters(self) -> list[DeadLetterView]:
        """The first hundred dead letters, in the order of the log."""
        with self._database.reading() as connection:
            return [DeadLetterView(*row) for row in connection.execute(_FIRST_LETTERS)]

    def dead_letter(self, id: str) -> DeadLetterView | None:
        """The dead letter of this id, if there is one."""
        name = known_as(id)
        if name is None:
            return None
        with self._database.reading() as connection:
            row = connection.execute(_LETTER, {"id": name}).one_or_none()
        return None if row is None else DeadLetterView(*row)
