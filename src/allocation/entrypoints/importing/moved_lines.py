"""What a file does, or would do, to order lines: those that lose most, and the counts of all."""

from dataclasses import dataclass
from datetime import date

from allocation.entrypoints.importing.line_counts import LineCounts
from allocation.entrypoints.line_outcomes import MovedLine, moved_lines
from allocation.views import ChangedPromise, Move


@dataclass(frozen=True, slots=True)
class MovedLines:
    """Order lines that a file has moved, or would move, and promises that are changed.

    `complete` says whether these are all.
    """

    moved: list[Move]
    promises: list[ChangedPromise]
    complete: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What the rows of a file do, or would do, to order lines.

    Attributes:
        lines: the order lines, for programs; of very many those that lose most.
        outcomes: what happens to each of them, for people; those that lose most first.
        counts: what happens to how many lines, also to those that are not listed.
        is_counted: whether the `counts` are those of all rows.
    """

    lines: MovedLines
    outcomes: list[MovedLine]
    counts: LineCounts
    is_counted: bool

    @classmethod
    def of_trial(
        cls, moves: list[Move], promises: list[ChangedPromise], today: date, *, complete: bool
    ) -> "Effect":
        """What the first rows would do; all of it is listed."""
        outcomes = moved_lines(moves, today, promises)
        lines = MovedLines(moves, promises, complete)
        return cls(lines, outcomes, LineCounts.of(outcomes), complete)
