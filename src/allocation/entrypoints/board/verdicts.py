"""What a message would come to, in a sentence."""

from collections.abc import Collection, Sequence

from allocation.entrypoints.board.consequences import Kind, MovedLine
from allocation.entrypoints.board.formats import counted

Line = tuple[str, str, str | None]
"""An order line: its order, its sku and its name."""


def verdict(moves: Sequence[MovedLine], *, complete: bool, waits: bool = False) -> str:
    """What would happen, in a sentence; `waits` says that units of the line itself would wait."""
    if waits and not moves:
        return "No batch has room: the units wait until one has."
    if not moves:
        return "No promise changes." if complete else "Too many order lines move to count them."
    parts = [*_of_losers(moves), *_of_others(moves)]
    if waits:
        parts.append("the rest of the line waits")
    more = "" if complete else ", and there are more"
    return f"{', '.join(parts)}{more}."


def _of_losers(moves: Sequence[MovedLine]) -> list[str]:
    waiting = _lines(moves, "waits")
    later = _lines(moves, "later") - waiting
    parts = list[str]()
    if waiting:
        parts.append(_sentence(waiting, "loses its date and waits", "lose their dates and wait"))
    if later:
        parts.append(_sentence(later, "gets a later date", "get a later date"))
    return parts


def _of_others(moves: Sequence[MovedLine]) -> list[str]:
    served = _lines(moves, "served")
    new_units = sum(move.qty for move in moves if move.kind == "new")
    harmed = _lines(moves, "waits", "later")
    earlier = _lines(moves, "earlier") - harmed
    unharmed = _lines(moves, "same") - harmed - earlier
    parts = list[str]()
    if new_units:
        verb = "is" if new_units == 1 else "are"
        parts.append(f"{counted(new_units, 'new unit')} {verb} promised")
    if served:
        noun = counted(len(served), "waiting order line")
        parts.append(f"{noun} {'gets' if len(served) == 1 else 'get'} stock")
    if earlier:
        parts.append(_sentence(earlier, "gets an earlier date", "get an earlier date"))
    if unharmed:
        parts.append(_sentence(unharmed, "moves without a delay", "move without a delay"))
    return parts


def _lines(moves: Sequence[MovedLine], *kinds: Kind) -> set[Line]:
    """The lines of which units move in one of these ways: parts of a line count once."""
    return {(move.orderid, move.sku, move.line) for move in moves if move.kind in kinds}


def _sentence(lines: Collection[Line], one: str, many: str) -> str:
    return f"{counted(len(lines), 'order line')} {one if len(lines) == 1 else many}"
