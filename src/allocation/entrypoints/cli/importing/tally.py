"""Counts the rows of a file by outcome, and summarises them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from allocation.bootstrap import Answer
from allocation.entrypoints.cli.console import counted
from allocation.entrypoints.cli.importing.kinds import Kind
from allocation.entrypoints.cli.importing.line_ranges import LineRanges
from allocation.entrypoints.cli.importing.plans import Plan
from allocation.entrypoints.cli.importing.seen import Seen

Accepted = tuple[Plan, Answer | None]
"""What a row was to send, and the answer to its first message, if it has one."""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """The rows of a file by outcome.

    Attributes:
        new: the rows that have changed something, by state, such as "allocated".
        already_known: the rows that were known before, by state.
        repeated: the rows that repeat another one of the file.
        refused: the refused rows.
    """

    new: dict[str, int]
    already_known: dict[str, int]
    repeated: int
    refused: int


class Tally:
    """Counts accepted rows as new, already known, or repeated in the file.

    New and known rows are counted by state, such as "allocated".
    """

    def __init__(self, kind: Kind, seen: Seen) -> None:
        self._kind = kind
        self._seen = seen
        self._new: Counter[str] = Counter()
        self._stored: Counter[str] = Counter()
        self._stored_lines = LineRanges()
        self._repeated = 0
        self._repeated_lines = LineRanges()

    def count(self, new: Sequence[Accepted], unchanged: Sequence[Accepted]) -> None:
        """Count the rows of one portion: new ones, and ones that changed nothing."""
        self._new.update([self._outcome(*each) for each in new])
        self._seen.add([plan.key for plan, _ in new])
        self._seen.add([plan.id for plan, _ in new if plan.id is not None])
        for plan, answer in unchanged:
            if self._kind.is_compared and not plan.repeated:
                self._new[self._kind.outcome(None)] += 1
            elif self._is_repeated(plan, answer):
                self._repeated += 1
                self._repeated_lines.add(plan.row.number)
            else:
                self._stored[self._outcome(plan, answer)] += 1
                self._stored_lines.add(plan.row.number)
                self._seen.add([plan.key] if plan.id is None else [plan.key, plan.id])

    def _is_repeated(self, plan: Plan, answer: Answer | None) -> bool:
        # The answer under an idempotency key that was used before tells of that row alone.
        key = plan.key
        if plan.id is not None and answer is not None and answer.repeated:
            key = plan.id
        return plan.repeated or key in self._seen

    def _outcome(self, plan: Plan, answer: Answer | None) -> str:
        return plan.outcome or self._kind.outcome(None if answer is None else answer.result)

    def counts(self, refused: int) -> RowCounts:
        """The counts, with those of the refused rows."""
        return RowCounts(dict(self._new), dict(self._stored), self._repeated, refused)

    def summary(self, refused: int) -> str:
        """The counts as a line of text."""
        already_known = self._stored.total()
        total = self._new.total() + already_known + self._repeated + refused
        parts = _parts(self._new)
        if already_known:
            standing = f" ({', '.join(_parts(self._stored))})" if self._kind.has_standing else ""
            parts.append(f"{already_known:,} already known{standing}")
        if self._repeated:
            parts.append(f"{self._repeated:,} repeated in the file")
        parts.append(f"{refused:,} refused")
        return f"{counted(total, self._kind.singular, self._kind.plural)}: {', '.join(parts)}"

    def lines(self) -> Iterator[str]:
        """The lines of the file that are already known, and those that are repeated, as text."""
        if self._stored_lines:
            yield f"already known: {self._stored_lines}"
        if self._repeated_lines:
            yield f"repeated in the file: {self._repeated_lines}"


def _parts(counts: Counter[str]) -> list[str]:
    return [f"{count:,} {word}" for word, count in sorted(counts.items())]
