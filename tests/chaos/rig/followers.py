"""Followers of the feed: each has taken part of it, and asks any server for the rest.

A follower cuts its own connections, too: while it waits, and in the middle of an event. What it
takes and how far it has come are one step, as in a client that stores both in one transaction.
"""

import json
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Event
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from tests.chaos.observations import FollowedEvent, Observations, place_of
from tests.chaos.rig.retrying_client import Addresses
from tests.support.waiting import wait_until

LIMITS: Final = (3, 100, 1_000)
TIMEOUTS: Final = (0.3, 2.0, 8.0)
"""Seconds without a byte after which a follower cuts the connection, by turns."""

CUTS: Final = (500, 20_000, 2_000_000)
"""The number of bytes, at most, that a follower takes from a stream."""

WAIT: Final = 5
PIECE: Final = 65_536
CATCH_UP: Final = 60.0
"""Seconds for which a follower may go on when nothing happens any more."""

_PASSING: Final = frozenset({503, 429})
"""A server that stops, or whose database is away."""


class Follower:
    """One client of the feed; subclasses say how it asks."""

    kind = "cursor"

    def __init__(
        self, number: int, addresses: Addresses, observations: Observations, seed: int
    ) -> None:
        self.name = f"{self.kind}-{number}"
        self.cursor: str | None = None
        self._addresses = addresses
        self._observations = observations
        self._events = observations.followed.setdefault(self.name, [])
        self.rng = random.Random(f"{seed}/{self.name}")

    @property
    def place(self) -> int:
        """The number of the last message before its cursor."""
        return 0 if self.cursor is None else place_of(self.cursor)

    def follow(self, end: Event) -> None:
        """Take what comes until the end, from one server after another."""
        while not end.is_set():
            if addresses := self._addresses():
                netloc = urlsplit(self.rng.choice(addresses)).netloc
                timeout = self.rng.choice(TIMEOUTS)
                with closing(HTTPConnection(netloc, timeout=timeout)) as connection:
                    self._follow_on(connection, end)
            end.wait(self.rng.uniform(0.02, 0.3))

    def request_events(self, connection: HTTPConnection, end: Event) -> None:
        """Take pages from one server."""
        for _ in range(self.rng.randint(1, 20)):
            query = {"limit": self.rng.choice(LIMITS), **self.options()}
            if self.cursor is not None:
                query["after"] = self.cursor
            connection.request("GET", f"/events?{urlencode(query)}")
            answer = connection.getresponse()
            body = answer.read()
            if not self.is_answered(answer, body) or end.is_set():
                return
            page = json.loads(body)
            for event in page["events"]:
                self.take(event)
            self.cursor = page["next"]
            if not page["more"]:
                end.wait(self.rng.uniform(0.0, 0.1))

    def options(self) -> dict[str, Any]:
        """Parameters of a request, besides those of all followers."""
        return {}

    def take(self, event: dict[str, Any]) -> None:
        """Note an event; its cursor is the follower's from now on."""
        self.cursor = event["cursor"]
        self._events.append(FollowedEvent.of(event))

    def is_answered(self, answer: HTTPResponse, body: bytes) -> bool:
        """Whether there is an answer; one that no server should ever give is noted."""
        if answer.status == 200:
            return True
        self._observations.note_attempt(f"feed {answer.status}", again=False)
        if answer.status not in _PASSING:
            refusal = f"{self.name} was answered with {answer.status} after {self.cursor}: {body!r}"
            self._observations.refused_followers.append(refusal)
        return False

    def _follow_on(self, connection: HTTPConnection, end: Event) -> None:
        try:
            self.request_events(connection, end)
        except (HTTPException, OSError):
            self._observations.note_attempt("feed broken off", again=False)


class PollingFollower(Follower):
    """It lets the server wait for events."""

    kind = "poll"

    def options(self) -> dict[str, Any]:
        """It waits longer than it sometimes keeps a silent connection."""
        return {"wait": WAIT}


class StreamFollower(Follower):
    """It takes a stream, and resumes it after the last id."""

    kind = "stream"

    def request_events(self, connection: HTTPConnection, end: Event) -> None:
        """Take a part of a stream, which may end in the middle of an event."""
        headers = {"Accept": "text/event-stream"}
        if self.cursor is not None:
            headers["Last-Event-ID"] = self.cursor
        connection.request("GET", "/events", headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            self.is_answered(answer, answer.read())
            return
        left, unfinished = self.rng.randint(1, self.rng.choice(CUTS)), b""
        while left > 0 and not end.is_set():
            piece = answer.read1(min(PIECE, left))
            if not piece:
                return
            left -= len(piece)
            *frames, unfinished = (unfinished + piece).split(b"\n\n")
            for frame in frames:
                self._take_frame(frame)
        self._observations.note_attempt("feed cut", again=False)

    def _take_frame(self, frame: bytes) -> None:
        fields = dict(line.split(b": ", 1) for line in frame.split(b"\n") if b": " in line)
        if b"data" in fields:
            self.take(json.loads(fields[b"data"]))
        if b"id" in fields:
            self.cursor = fields[b"id"].decode()


def followers_of(
    addresses: Addresses, observations: Observations, seed: int, each: int = 2
) -> list[Follower]:
    """So many followers of each kind, all of them at the beginning of the log."""
    return [
        kind(number, addresses, observations, seed)
        for number in range(1, each + 1)
        for kind in (Follower, PollingFollower, StreamFollower)
    ]


@contextmanager
def following(followers: Sequence[Follower]) -> Iterator[None]:
    """The followers follow as long as this is open."""
    end = Event()
    with ThreadPoolExecutor(len(followers)) as threads:
        at_work = [threads.submit(follower.follow, end) for follower in followers]
        try:
            yield
        finally:
            end.set()
        for ended in at_work:
            ended.result()


def until_all_have_followed(followers: Sequence[Follower], last: int) -> bool:
    """Wait until each has come to the end of the log; whether all have come there."""
    try:
        wait_until(
            lambda: all(follower.place >= last for follower in followers),
            "all have followed",
            patience=CATCH_UP,
            look_again=0.1,
        )
    except AssertionError:
        return False  # the audit tells what is missing
    return True
