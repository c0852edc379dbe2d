"""What a message would come to, for people: who loses, who gains, and by how much."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from allocation.entrypoints.board.formats import counted
from allocation.views import Move

Kind = Literal["waits", "later", "same", "earlier", "served", "new"]
"""What happens to a line: it loses its promise, gets a later day, the same, an earlier one, gets
units after it has waited, or gets units that it did not have before."""

NEVER: Final = 10**6
"""Days, for a line that has no day any more."""


@dataclass(frozen=True, slots=True)
class MovedLine:
    """Units of an order line that would move.

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


def moved_lines(moves: Iterable[Move], today: date) -> list[MovedLine]:
    """The lines that move, those that lose most first."""
    lines = [_moved(move, today) for move in moves]
    return sorted(lines, key=_severity)


def _moved(move: Move, today: date) -> MovedLine:
    old_day = _leaving(move.from_batchref, move.from_eta, today)
    new_day = _leaving(move.to_batchref, move.to_eta, today)
    days = None if old_day is None or new_day is None else (new_day - old_day).days
    return MovedLine(
        *(move.orderid, move.sku, move.line, move.qty, move.from_batchref, move.to_batchref),
        *(old_day, new_day, _kind(move, old_day, new_day), days),
    )


def _leaving(batchref: str | None, eta: date | None, today: date) -> date | None:
    """The day on which units of a batch can leave; None without a batch, or if it is overdue."""
    if batchref is None or (eta is not None and eta < today):
        return None
    return eta or today


def _kind(move: Move, old_day: date | None, new_day: date | None) -> Kind:
    if move.to_batchref is None:
        return "waits"
    if move.from_batchref is None:
        return "served" if move.grown_from is None else "new"
    if old_day == new_day:
        return "same"
    if new_day is None:
        return "later"
    return "earlier" if old_day is None or new_day < old_day else "later"


def _severity(line: MovedLine) -> tuple[int, int]:
    order: tuple[Kind, ...] = ("waits", "later", "same", "earlier", "served", "new")
    days = NEVER if line.new_day is None else line.days or 0
    return order.index(line.kind), -days


def verdict(lines: Sequence[MovedLine], *, complete: bool, waits: bool = False) -> str:
    """What would happen, in a sentence; `waits` says that units of the line itself would wait."""
    if waits and not lines:
        return "No batch has room: the units wait until one has."
    if not lines:
        return "No promise changes." if complete else "Too many lines move to count them here."
    count = {kind: sum(line.kind == kind for line in lines) for kind in ("waits", "later")}
    losers, others = sum(count.values()), len(lines) - sum(count.values())
    parts = list[str]()
    if losers:
        parts.append(
            f"{counted(losers, 'line')} {'loses its' if losers == 1 else 'lose their'} day"
        )
    if count["later"]:
        parts.append(f"{count['later']} to a later one")
    if count["waits"]:
        parts.append(f"{count['waits']} {'waits' if count['waits'] == 1 else 'wait'} without a day")
    parts += _of_others(lines, others)
    if waits:
        parts.append("the rest of the line waits")
    more = "" if complete else ", and there are more"
    return f"{', '.join(parts)}{more}."


def _of_others(lines: Sequence[MovedLine], others: int) -> list[str]:
    parts = list[str]()
    served = sum(line.kind == "served" for line in lines)
    new = [line.qty for line in lines if line.kind == "new"]
    moved = others - served - len(new)
    if new:
        parts.append(f"{counted(sum(new), 'new unit')} {'is' if sum(new) == 1 else 'are'} promised")
    if served:
        parts.append(f"{counted(served, 'waiting line')} {'gets' if served == 1 else 'get'} stock")
    if moved:
        parts.append(f"{counted(moved, 'line')} {'moves' if moved == 1 else 'move'} without a loss")
    return parts


def body_of(reply_body: Any) -> list[tuple[str, str]]:
    """The plain fields of a reply, for messages that move no lines."""
    shown = list[tuple[str, str]]()
    for name in ("status", "batchref", "qty"):
        value = getattr(reply_body, name, None)
        if value is not None:
            shown.append((name, str(value)))
    return shown
