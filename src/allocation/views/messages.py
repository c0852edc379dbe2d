"""A message as the log has it."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Row

from allocation.adapters.sql.message_log.schema import messages
from allocation.domain import errors


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message of the log, with its status and results.

    `number` is its place in the log. `sender` is who sent an incoming message, or who replayed or
    discarded a dead letter; None for other follow-ups, and for messages that were sent to an
    earlier version of the program. `body` is the message and `results` are the return values of
    its handlers, both as JSON. `refusal` says why the rules did not allow the message, `error` why
    the last of its failed `attempts` failed, or why its delivery was skipped. `due` is the earliest
    time of the next attempt.
    """

    number: int
    id: str
    type: str
    body: str
    caused_by: str | None
    at: datetime
    status: str
    attempts: int
    due: datetime | None
    error: str | None
    refusal: str | None
    results: str | None
    sender: str | None


COLUMNS: Final[tuple[Column[Any], ...]] = (
    *(messages.c.seq, messages.c.id, messages.c.type, messages.c.body, messages.c.causation_id),
    *(messages.c.at, messages.c.status, messages.c.attempts, messages.c.due, messages.c.error),
    *(messages.c.refusal, messages.c.results, messages.c.sender),
)
"""The columns of a `MessageView`, in the order of its fields."""


def message_view(row: Row[Any]) -> MessageView:
    """The view of a row that has the `COLUMNS`, by these names."""
    values = [getattr(row, column.name) for column in COLUMNS]
    message = MessageView(*values)
    return message if message.refusal is None else replace(message, refusal=_text(message.refusal))


def _text(refusal: str) -> str:
    """A refusal, which the log has as JSON, in words; unchanged if another version wrote it."""
    stored = json.loads(refusal)
    try:
        kind: type[errors.Refusal] = getattr(errors, stored["error"])
        return f"{kind.__name__}: {kind(**stored['facts'])}"
    except (AttributeError, TypeError):
        return refusal
