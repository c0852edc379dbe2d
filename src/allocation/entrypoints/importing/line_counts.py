"""Counts order lines by what happens to them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from allocation.entrypoints.importing.seen import Seen
from allocation.entrypoints.line_outcomes import MovedLine, Outcome

_WORST_FIRST: Final[tuple[Outcome, ...]] = ("waits", "later", "earlier", "same")


@dataclass(frozen=True, slots=True)
class LineCounts:
    """How many order lines have which outcome; a line counts once, by the worst of its parts.

    Lines that have waited and are served, and units that are new, count beside that.

    Attributes:
        lines: the number of lines by outcome.
        new_units: how many units are promised that their lines did not have before.
        entries: how many entries a list of all has, with one for each part of a line.
    """

    lines: Mapping[Outcome, int]
    new_units: int
    entries: int

    @classmethod
    def of(cls, lines: Iterable[MovedLine]) -> "LineCounts":
        """The counts of these lines."""
        with Seen.nothing() as seen:
            counter = LineCounter(seen)
            for line in lines:
                counter.add(line)
        return counter.counts


class LineCounter:
    """Counts the lines of a whole file, however many these are."""

    def __init__(self, seen: Seen) -> None:
        """The lines are remembered among the other keys that were `seen`."""
        self._seen = seen
        self._lines = Counter[Outcome]()
        self._entries = self._new_units = 0

    @property
    def counts(self) -> LineCounts:
        """The counts so far."""
        return LineCounts(Counter(self._lines), self._new_units, self._entries)

    def add(self, line: MovedLine) -> None:
        """Count units of a line."""
        self._entries += 1
        if line.outcome == "new":
            self._new_units += line.qty
            return
        ranking = _WORST_FIRST if line.outcome in _WORST_FIRST else (line.outcome,)
        before = next((each for each in ranking if _key(each, line) in self._seen), None)
        if before is not None:
            if ranking.index(before) <= ranking.index(line.outcome):
                return
            self._lines[before] -= 1
        self._lines[line.outcome] += 1
        self._seen.add((_key(line.outcome, line),))


def _key(outcome: Outcome, line: MovedLine) -> str:
    return f"{outcome}\0{line.orderid}\0{line.sku}\0{line.line or ''}"
