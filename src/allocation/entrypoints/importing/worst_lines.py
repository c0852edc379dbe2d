"""Keeps those of many order lines that lose most."""

from heapq import heappush, heappushpop
from typing import Generic, TypeVar

from allocation.entrypoints.line_outcomes import MovedLine, severity

T = TypeVar("T")


class WorstLines(Generic[T]):
    """What is known of the lines that lose most, in the order in which it was added.

    Attributes:
        count: how many lines were added.
    """

    def __init__(self, most: int) -> None:
        self.count = 0
        self._most = most
        self._heap: list[tuple[int, int, int, T]] = []

    @property
    def has_more(self) -> bool:
        """Whether others were added, which lose less."""
        return self.count > self._most

    @property
    def listed(self) -> list[T]:
        """What was added with the lines that lose most."""
        return [each for *_, each in sorted(self._heap, key=lambda entry: -entry[2])]

    def add(self, line: MovedLine, named: T) -> None:
        """Add a line, with what stands for it in lists."""
        self.count += 1
        rank, gain = severity(line)
        # The first of the heap loses least; of lines that lose as much, the later ones go.
        entry = -rank, -gain, -self.count, named
        if len(self._heap) < self._most:
            heappush(self._heap, entry)
        else:
            heappushpop(self._heap, entry)
