"""What a message would come to, in a sentence."""

from allocation.entrypoints.board.formats import counted
from allocation.entrypoints.importing.line_counts import LineCounts


def verdict(counts: LineCounts, *, complete: bool, waits: bool = False) -> str:
    """What would happen, in a sentence; `waits` says that units of the line itself would wait."""
    if waits and not counts.entries:
        return "No batch has room: the units wait until one has."
    if not counts.entries:
        return "No promise changes." if complete else "Too many order lines move to count them."
    parts = [*_of_losers(counts), *_of_others(counts)]
    if waits:
        parts.append("the rest of the line waits")
    more = "" if complete else ", and there are more"
    return f"{', '.join(parts)}{more}."


def _of_losers(counts: LineCounts) -> list[str]:
    waiting, later = counts.lines["waits"], counts.lines["later"]
    parts = list[str]()
    if waiting:
        parts.append(_sentence(waiting, "loses its date and waits", "lose their dates and wait"))
    if later:
        parts.append(_sentence(later, "gets a later date", "get a later date"))
    return parts


def _of_others(counts: LineCounts) -> list[str]:
    lines = counts.lines
    served, earlier, unharmed = lines["served"], lines["earlier"], lines["same"]
    parts = list[str]()
    if counts.new_units:
        verb = "is" if counts.new_units == 1 else "are"
        parts.append(f"{counted(counts.new_units, 'new unit')} {verb} promised")
    if served:
        noun = counted(served, "waiting order line")
        parts.append(f"{noun} {'gets' if served == 1 else 'get'} stock")
    if earlier:
        parts.append(_sentence(earlier, "gets an earlier date", "get an earlier date"))
    if unharmed:
        parts.append(_sentence(unharmed, "moves without a delay", "move without a delay"))
    return parts


def _sentence(count: int, one: str, many: str) -> str:
    return f"{counted(count, 'order line')} {one if count == 1 else many}"
