"""What callers and followers were told: the audit compares it with the ledger."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from sys import intern
from threading import Lock
from typing import Any, NamedTuple

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


def place_of(cursor: str) -> int:
    """The number of a message in the log, from a cursor, which only a test may take apart."""
    return int(cursor.rpartition("-")[2])


class FollowedEvent(NamedTuple):
    """An event of the feed, as a follower was told of it; `place` is its number in the log."""

    place: int
    id: str
    type: str
    body: str
    chain: str
    cause: str | None

    @classmethod
    def of(cls, event: dict[str, Any]) -> "FollowedEvent":
        """From its CloudEvent; all followers share the text of the body."""
        return cls(
            place_of(event["cursor"]),
            intern(event["id"]),
            intern(event["type"]),
            intern(json.dumps(event["data"], sort_keys=True)),
            intern(event["correlationid"]),
            event.get("causationid"),
        )


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
        self.followed: dict[str, list[FollowedEvent]] = {}
        """What each follower of the feed was told, by its name."""
        self.refused_followers: list[str] = []
        """Answers that no follower should have been given."""
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
