"""The answers that callers were given: the audit compares them with the ledger."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

from tests.chaos.workload import Operation
from tests.support.clients import HttpAnswer


@dataclass(frozen=True)
class Call:
    """an operation that was seen through."""

    caller: str
    operation: Operation
    answer: HttpAnswer

    @property
    def key(self) -> str:
        """The id of its message."""
        return self.operation.request.key

    @property
    def done(self) -> bool:
        """Whether the answer is that it was done."""
        return 200 <= self.answer.status < 300


@dataclass(frozen=True)
class Repeat:
    """A repeat of an answered request, with its answer."""

    call: Call
    answer: HttpAnswer


class Observations:
    """Kept by many callers at the same time."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        """Answered ones, in the order of the answers."""
        self.repeats: list[Repeat] = []
        self.unanswered: list[Operation] = []
        """Those that were given up."""
        self.attempts: Counter[str] = Counter()
        """By status, or by what came instead of an answer."""
        self.sent_again = 0
        self.slowest = 0.0
        """Seconds from the first attempt to the answer."""
        self.imported: list[dict[str, str]] = []
        """The order lines of all files that were imported."""
        self._lock = Lock()

    def note_attempt(self, outcome: str, *, again: bool) -> None:
        """One request has gone out, and this came of it."""
        with self._lock:
            self.attempts[outcome] += 1
            self.sent_again += again

    def note_wait(self, seconds: float) -> None:
        """An answer has come after so many seconds."""
        with self._lock:
            self.slowest = max(self.slowest, seconds)

    def note_imported(self, rows: Iterable[dict[str, str]]) -> None:
        """These rows have been taken in from a file, all of them."""
        with self._lock:
            self.imported.extend(rows)
