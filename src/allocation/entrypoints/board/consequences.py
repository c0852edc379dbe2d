"""What a message would come to, for people: who loses, who gains, and by how much."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from allocation.entrypoints.board.formats import counted, is_overdue
from allocation.views import ChangedPromise, Move

Kind = Literal["waits", "later", "same", "earlier", "served", "new"]
"""What happens to a line: it loses its promise, gets a later day, the same, an earlier one, gets
units after it has waited, or gets units that it did not have before."""

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
    kind: Kind
    days: int | None

    @property
    def loses(self) -> bool:
        """Whether the customer is worse off."""
        return self.kind in ("waits", "later")


def moved_lines(
    moves: Iterable[Move], today: date, promises: Iterable[ChangedPromise] = ()
) -> list[MovedLine]:
    """The lines that move or, by their `promises`, get another day; those that lose most first."""
    lines = [_moved(move, today) for move in moves]
    moved = {(line.orderid, line.sku, line.line) for line in lines}
    lines += [_dated(p) for p in promises if (p.orderid, p.sku, p.line) not in moved]
    return sorted(lines, key=_severity)


def _moved(move: Move, today: date) -> MovedLine:
    old_day = _leaving(move.from_batchref, move.from_eta, today)
    new_day = _leaving(move.to_batchref, move.to_eta, today)
    return MovedLine(
        *(move.orderid, move.sku, move.line, move.qty, move.from_batchref, move.to_batchref),
        *(old_day, new_day, _kind(move, old_day, new_day), _days(old_day, new_day)),
    )


def _dated(promise: ChangedPromise) -> MovedLine:
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


def _kind(move: Move, old_day: date | None, new_day: date | None) -> Kind:
    if move.to_batchref is None:
        return "waits"
    if move.from_batchref is None:
        return "served" if move.grown_from is None else "new"
    return _change(old_day, new_day)


def _change(old_day: date | None, new_day: date | None) -> Kind:
    if old_day == new_day:
        return "same"
    if new_day is None:
        return "later"
    return "earlier" if old_day is None or new_day < old_day else "later"


def _severity(line: MovedLine) -> tuple[int, int]:
    order: tuple[Kind, ...] = ("waits", "later", "same", "earlier", "served", "new")
    days = NEVER if line.new_day is None else line.days or 0
    return order.index(line.kind), -days


def body_of(reply_body: Any) -> list[tuple[str, str]]:
    """The plain fields of a reply, for messages that move no lines."""
    shown = list[tuple[str, str]]()
    for name in ("status", "batchref", "qty"):
        value = getattr(reply_body, name, None)
        if value is not None:
            shown.append((name, str(value)))
    return shown


def cautions_of(reply_body: Any) -> list[str]:
    """What somebody who sends a message should know before, besides the lines that move."""
    cautions = list[str]()
    if getattr(reply_body, "repeated", False):
        batch = reply_body.new_batchref
        cautions.append(f"This receipt was recorded before, as {batch}: nothing would change.")
    if unexpected := getattr(reply_body, "unexpected", 0):
        more = counted(unexpected, "unit")
        cautions.append(
            f"{more} more than expected {'has' if unexpected == 1 else 'have'} arrived."
        )
    if getattr(reply_body, "overdue", False):
        cautions.append("The date has passed: the shipment would be overdue.")
    return cautions
