"""What has become of the rows of a file, counted, and told in one line."""

from collections import Counter

from allocation.entrypoints.cli.console import counted
from allocation.entrypoints.cli.rows import Kind


class Tally:
    """Rows that were accepted are new, known from before, or repeated in the file.

    Each is counted under a word for where it stands now, such as "allocated".
    """

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._new: Counter[str] = Counter()
        self._known: Counter[str] = Counter()
        self._repeated = 0

    def count(self, word: str, *, changed: bool, repeated: bool) -> None:
        """Count an accepted row: `repeated` in the file, or one that has `changed` something."""
        if repeated:
            self._repeated += 1
        else:
            (self._new if changed else self._known)[word] += 1

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
