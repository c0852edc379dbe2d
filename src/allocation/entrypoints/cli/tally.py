"""What has become of the rows of a file, counted, and told in one line."""

from collections import Counter
from collections.abc import Sequence

from allocation.domain.events import Event
from allocation.entrypoints.cli.console import counted
from allocation.entrypoints.cli.csv_columns import Kind
from allocation.entrypoints.cli.seen import Seen

Accepted = tuple[Event, object]
"""What a row has asked for, and the result."""


class Tally:
    """Rows that were accepted are new, known from before, or repeated in the file.

    Each is counted under a word for where it stands now, such as "allocated".
    """

    def __init__(self, kind: Kind, seen: Seen) -> None:
        self._kind = kind
        self._seen = seen
        self._new: Counter[str] = Counter()
        self._known: Counter[str] = Counter()
        self._repeated = 0

    def count(self, new: Sequence[Accepted], known: Sequence[Accepted]) -> None:
        """Count the rows of one portion: those that changed something, and those that did not.

        What has changed nothing comes after what it repeats, if that is in the same portion.
        """
        key_of, outcome_of = self._kind.key, self._kind.outcome
        self._new.update([outcome_of(result) for _, result in new])
        self._seen.add([key_of(event) for event, _ in new])
        for event, result in known:
            key = key_of(event)
            if key in self._seen:
                self._repeated += 1
            else:
                self._known[outcome_of(result)] += 1
                self._seen.add((key,))

    def told(self, refused: int) -> str:
        """All of it, in words."""
        known = self._known.total()
        total = self._new.total() + known + self._repeated + refused
        parts = _parts(self._new)
        if known:
            standing = f" ({', '.join(_parts(self._known))})" if self._kind.has_standing else ""
            parts.append(f"{known:,} known already{standing}")
        if self._repeated:
            parts.append(f"{self._repeated:,} repeated in the file")
        parts.append(f"{refused:,} refused")
        return f"{counted(total, self._kind.one, self._kind.noun)}: {', '.join(parts)}"


def _parts(counts: Counter[str]) -> list[str]:
    return [f"{count:,} {word}" for word, count in sorted(counts.items())]
