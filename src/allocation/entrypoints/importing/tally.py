"""Counts the rows of a file by outcome."""

from collections import Counter
from collections.abc import Sequence

from allocation.bootstrap import Answer
from allocation.entrypoints.importing.kinds import Kind
from allocation.entrypoints.importing.line_ranges import LineRanges
from allocation.entrypoints.importing.plans import Plan
from allocation.entrypoints.importing.seen import Seen

Accepted = tuple[Plan, Answer | None]
"""What a row was to send, and the answer to its first message, if it has one."""


class Tally:
    """Counts accepted rows as new, already known, or repeated in the file.

    Attributes:
        kind: the kind of the file.
        new: the number of new rows by state, such as "allocated".
        stored, stored_lines: the same of rows that are already known, and their lines.
        repeated, repeated_lines: how many rows are repeated in the file, and their lines.
    """

    def __init__(self, kind: Kind, seen: Seen) -> None:
        self.kind = kind
        self._seen = seen
        self.new: Counter[str] = Counter()
        self.stored: Counter[str] = Counter()
        self.stored_lines = LineRanges()
        self.repeated = 0
        self.repeated_lines = LineRanges()

    def count(self, new: Sequence[Accepted], unchanged: Sequence[Accepted]) -> None:
        """Count the rows of one portion: new ones, and ones that changed nothing."""
        self.new.update([self._outcome(*each) for each in new])
        self._seen.add([plan.key for plan, _ in new])
        self._seen.add([plan.id for plan, _ in new if plan.id is not None])
        for plan, answer in unchanged:
            if self.kind.is_compared and not plan.repeated:
                self.new[self.kind.outcome(None)] += 1
            elif self._is_repeated(plan, answer):
                self.repeated += 1
                self.repeated_lines.add(plan.row.number)
            else:
                self.stored[self._outcome(plan, answer)] += 1
                self.stored_lines.add(plan.row.number)
                self._seen.add([plan.key] if plan.id is None else [plan.key, plan.id])

    def _is_repeated(self, plan: Plan, answer: Answer | None) -> bool:
        # The answer under an idempotency key that was used before tells of that row alone.
        key = plan.key
        if plan.id is not None and answer is not None and answer.repeated:
            key = plan.id
        return plan.repeated or key in self._seen

    def _outcome(self, plan: Plan, answer: Answer | None) -> str:
        return plan.outcome or self.kind.outcome(None if answer is None else answer.result)

    @property
    def total(self) -> int:
        """The number of accepted rows."""
        return self.new.total() + self.stored.total() + self.repeated
