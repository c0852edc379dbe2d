"""Idempotency keys of the rows of a file (ADR 43)."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import sha256
from typing import Final

from allocation.bootstrap import Answer
from allocation.entrypoints.importing.seen import Seen
from allocation.entrypoints.table_files.layout import Row

Recorded = Callable[[Collection[str]], Mapping[str, Answer]]
"""Looks up the answers that are recorded under idempotency keys."""

LONGEST_KEY: Final = 255
"""The maximum length of an idempotency key in characters."""

WINDOW: Final = 8
"""How many attempts are looked up at once. Older ones may be gone from the log, and later ones not:
the attempts end where none of so many is recorded."""

_LONGEST_SUFFIX: Final = len(" (attempt 1000000)")


class RowKeys:
    """Makes the idempotency keys of the rows of one file.

    The key is what the row has in the column `id`; else it is made of the kind of the file and of
    all cells of the row, also of those that are not read, and of how often the file had such a row
    before. A row that was refused under its key is tried again under another one.
    """

    def __init__(self, kind: str, first: int, seen: Seen, recorded: Recorded) -> None:
        """`first` is the index of the first column that belongs to the row."""
        self._kind = kind
        self._first = first
        self._seen = seen
        self._recorded = recorded

    def ids_of(self, rows: Sequence[Row]) -> list[str]:
        """The keys of valid rows, which follow those of earlier calls in the file.

        Raises:
            UnusableFile: temporary files cannot be used.
            StoreUnavailable: the database cannot be reached.
        """
        ids = [row.event.id or self._made_of(row.cells[self._first :]) for row in rows]
        return self._not_refused([_shortened(id) for id in ids])

    def _made_of(self, cells: Sequence[str]) -> str:
        texts = [cell.strip() for cell in cells]
        while texts and not texts[-1]:
            texts.pop()  # a spreadsheet adds and drops empty cells at the end of a row
        digest = sha256(json.dumps([self._kind, *texts]).encode()).hexdigest()
        self._seen.add((digest,))
        return f"import:{digest}:{self._seen.times(digest)}"

    def _not_refused(self, ids: Sequence[str]) -> list[str]:
        """The keys, each with the number of the attempt at its row.

        That is the attempt that was accepted, or else the one after the last refused one. A refusal
        changes nothing, and what was refused once may be possible now.
        """
        attempts, pending, start = dict.fromkeys(ids, 1), set(ids), 1
        while pending:
            window = range(start, start + WINDOW)
            answers = self._recorded([_attempt(id, n) for id in pending for n in window])
            for id in [*pending]:
                present = [n for n in window if _attempt(id, n) in answers]
                done = [n for n in present if answers[_attempt(id, n)].error is None]
                if present:
                    attempts[id] = done[0] if done else present[-1] + 1
                if done or not present:
                    pending.remove(id)
            start += WINDOW
        return [_attempt(id, attempts[id]) for id in ids]


def _attempt(id: str, number: int) -> str:
    return id if number == 1 else f"{id} (attempt {number})"


def _shortened(id: str) -> str:
    """A key that is so long that its attempts are too long is replaced by its hash."""
    if len(id) + _LONGEST_SUFFIX <= LONGEST_KEY:
        return id
    return f"import:{sha256(id.encode()).hexdigest()}"
