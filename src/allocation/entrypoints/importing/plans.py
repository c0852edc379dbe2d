"""What the rows of a file are to send."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from allocation.domain.events import Event
from allocation.entrypoints.importing.batch_changes import BatchChange
from allocation.entrypoints.importing.kinds import Kind
from allocation.entrypoints.importing.row_keys import RowKeys
from allocation.entrypoints.table_files.layout import Row


class Plan(NamedTuple):
    """What one row is to send.

    Attributes:
        row: the row.
        events: its messages, in order; none if there is nothing to change.
        key: identifies the thing that the row is about, so that a repetition can be recognised.
        id: the idempotency key of its message, if it has one.
        outcome: the word under which it is counted, if its answer does not tell.
        change: what changes in a batch, if the row is compared with one.
        repeated: whether an earlier row of the file says the same.
        reason: why the row is refused; an accepted one has none.
    """

    row: Row
    events: Sequence[Event] = ()
    key: str = ""
    id: str | None = None
    outcome: str | None = None
    change: BatchChange | None = None
    repeated: bool = False
    reason: str = ""


class Planner(Protocol):
    """Decides what rows are to send."""

    def plan(self, rows: Sequence[Row]) -> list[Plan]:
        """Plan the rows of a portion, which were read after those of earlier portions."""


class MessagePlanner:
    """For files whose rows are messages that the domain recognises when they are repeated."""

    def __init__(self, kind: Kind) -> None:
        self._key = kind.key

    def plan(self, rows: Sequence[Row]) -> list[Plan]:
        """Send the message of each row."""
        return [
            Plan(row, reason=row.reason)
            if row.event is None
            else Plan(row, (row.event,), self._key(row.event))
            for row in rows
        ]


class KeyedPlanner:
    """For files whose rows are messages that take effect as often as they are sent."""

    def __init__(self, kind: Kind, keys: RowKeys) -> None:
        self._key = kind.key
        self._keys = keys

    def plan(self, rows: Sequence[Row]) -> list[Plan]:
        """Send the message of each row with its idempotency key."""
        ids = iter(self._keys.ids_of([row for row in rows if row.event is not None]))
        return [
            Plan(row, reason=row.reason)
            if row.event is None
            else Plan(row, (row.event.message,), self._key(row.event.message), next(ids))
            for row in rows
        ]


def messages_of(plans: Iterable[Plan]) -> tuple[list[Event], list[str] | None]:
    """All messages of plans, and their idempotency keys, if they have any."""
    events = [event for plan in plans for event in plan.events]
    ids = [plan.id for plan in plans if plan.id is not None]
    return events, ids or None
