"""Counts the rows of a file by outcome, and summarises them in one line."""

from collections import Counter
from collections.abc import Sequence

from allocation.domain.events import Event
from allocation.entrypoints.cli.console import counted
from allocation.entrypoints.cli.importing.kinds import Kind
from allocation.entrypoints.cli.importing.seen import Seen

Accepted = tuple[Event, object]
"""The message of a row, and its result."""


class Tally:
    """Counts accepted rows as new, already known, or repeated in the file.

    New and known rows are counted by state, such as "allocated".
    """

    def __init__(self, kind: Kind, seen: Seen) -> None:
        self._kind = kind
        self._seen = seen
        self._new: Counter[str] = Counter()
        self._stored: Counter[str] = Counter()
        self._repeated = 0

    def count(self, new: Sequence[Accepted], unchanged: Sequence[Accepted]) -> None:
        """Count the rows of one portion: new ones, and ones that changed nothing."""
        key_of, outcome_of = self._kind.key, self._kind.outcome
        self._new.update([outcome_of(result) for _, result in new])
        self._seen.add([key_of(event) for event, _ in new])
        for event, result in unchanged:
            key = key_of(event)
            if key in self._seen:
                self._repeated += 1
            else:
                self._stored[outcome_of(result)] += 1
                self._seen.add((key,))

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


def _parts(counts: Counter[str]) -> list[str]:
    return [f"{count:,} {word}" for word, count in sorted(counts.items())]
