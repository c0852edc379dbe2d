"""What happens to the order lines that messages move: who loses, who gains, and by how much."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from allocation.entrypoints.dates import is_overdue
from allocation.views import ChangedPromise, Move

Outcome = Literal["waits", "later", "same", "earlier", "served", "new"]
"""What happens to a line: it loses its promise, gets a later day, the same, an earlier one, gets
units after it has waited, or gets units that it did not have before."""

PromisedDays = Mapping[tuple[str, str, str | None, str | None], date | None]
"""The days that were promised before: by order id, sku, line and batch."""

NO_DAYS: Final[PromisedDays] = {}

NEVER: Final = 10**6
"""Days, for a line that has no day any more."""


@dataclass(frozen=True, slots=True)
class MovedLine:
    """Units of an order line that would move, wait, or keep a batch that is due on another day.

    The days are those on which the units can leave; None if that is not certain. `days` is the
    difference, None if there is none to tell.
    """

    orderid: str
    sku: str
    line: str | None
    qty: int
    from_batchref: str | None
    to_batchref: str | None
    old_day: date | None
    new_day: date | None
    outcome: Outcome
    days: int | None

    @property
    def loses(self) -> bool:
        """Whether the customer is worse off."""
        return self.outcome in ("waits", "later")


def moved_lines(
    moves: Iterable[Move], today: date, promises: Iterable[ChangedPromise] = ()
) -> list[MovedLine]:
    """The lines that move or, by their `promises`, get another day; those that lose most first."""
    promises = list(promises)
    before = promised_before(promises)
    lines = [moved_line(move, today, before) for move in moves]
    moved = {(line.orderid, line.sku, line.line) for line in lines}
    lines += [dated_line(p) for p in promises if (p.orderid, p.sku, p.line) not in moved]
    return sorted(lines, key=severity)


def promised_before(promises: Iterable[ChangedPromise]) -> PromisedDays:
    """The days that were promised before these promises changed."""
    return {(p.orderid, p.sku, p.line, p.from_batchref): p.from_day for p in promises}


def moved_line(move: Move, today: date, before: PromisedDays = NO_DAYS) -> MovedLine:
    """What happens to a line whose units move.

    `before` has the days that were promised, for batches that have another day since.
    """
    old_day = before.get(
        (move.orderid, move.sku, move.line, move.from_batchref),
        _leaving(move.from_batchref, move.from_eta, today),
    )
    new_day = _leaving(move.to_batchref, move.to_eta, today)
    return MovedLine(
        *(move.orderid, move.sku, move.line, move.qty, move.from_batchref, move.to_batchref),
        *(old_day, new_day, _outcome(move, old_day, new_day), _days(old_day, new_day)),
    )


def dated_line(promise: ChangedPromise) -> MovedLine:
    """A line that keeps its batch, which is due on another day."""
    old_day, new_day = promise.from_day, promise.to_day
    return MovedLine(
        *(promise.orderid, promise.sku, promise.line, promise.qty),
        *(promise.from_batchref, promise.to_batchref, old_day, new_day),
        *(_change(old_day, new_day), _days(old_day, new_day)),
    )


def _days(old_day: date | None, new_day: date | None) -> int | None:
    return None if old_day is None or new_day is None else (new_day - old_day).days


def _leaving(batchref: str | None, eta: date | None, today: date) -> date | None:
    """The day on which units of a batch can leave; None without a batch, or if it is overdue."""
    if batchref is None or is_overdue(eta, today):
        return None
    return eta or today


def _outcome(move: Move, old_day: date | None, new_day: date | None) -> Outcome:
    if move.to_batchref is None:
        return "waits"
    if move.from_batchref is None:
        return "served" if move.grown_from is None else "new"
    return _change(old_day, new_day)


def _change(old_day: date | None, new_day: date | None) -> Outcome:
    if old_day == new_day:
        return "same"
    if new_day is None:
        return "later"
    return "earlier" if old_day is None or new_day < old_day else "later"


def severity(line: MovedLine) -> tuple[int, int]:
    """Sorts the lines that lose most first."""
    order: tuple[Outcome, ...] = ("waits", "later", "same", "earlier", "served", "new")
    days = NEVER if line.new_day is None else line.days or 0
    return order.index(line.outcome), -days
