"""A follower: a place in the feed, and what to read from there."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from litestar.concurrency import sync_to_thread

from allocation.entrypoints.http.feed.cloud_events import FeedEvent, encoded
from allocation.entrypoints.http.feed.cursors import FeedCursor, check_is_in
from allocation.entrypoints.http.feed.filters import FeedFilter
from allocation.entrypoints.http.feed.tail import Tail
from allocation.entrypoints.http.feed.tailer import Tailer
from allocation.views import PORTION, FeedPortion, FeedViews

MOST_FRAMES: Final = 200
"""The number of events that a stream looks at for one piece, so that a slow client holds little."""


class Taken(NamedTuple):
    """Events, and how many were looked at for them; `more` says whether others follow."""

    events: Sequence[FeedEvent]
    looked_at: int
    more: bool


_NOTHING: Final = Taken((), 0, more=False)


class Follower:
    """Reads the feed from a place on: from the tail in memory, or from the log.

    Its methods raise these errors.

    Raises:
        CursorTooOld: events after the place have been pruned in the meantime.
        OtherDatabase: the database has been replaced in the meantime.
        StoreUnavailable: the log cannot be read.
    """

    def __init__(
        self, tailer: Tailer, views: FeedViews, cursor: FeedCursor, chosen: FeedFilter
    ) -> None:
        self._tailer = tailer
        self._views = views
        self.cursor = cursor
        self._chosen = chosen

    @property
    def is_at_end(self) -> bool:
        """Whether there is nothing to read now."""
        tail = self._tailer.tail
        return tail is None or self.cursor.seq >= tail.end

    async def take(self, most: int) -> Taken:
        """The next events that the filter chooses, at most so many."""
        tail = self._checked_tail()
        if tail is None:
            return _NOTHING
        events = tail.after(self.cursor.seq, PORTION)
        if events is None:
            portion = await self._portion(tail, most if self._chosen == FeedFilter() else PORTION)
            return self._choose(portion, most)
        chosen, looked_at = list[FeedEvent](), 0
        for event in events:
            if len(chosen) == most:
                break
            looked_at += 1
            if self._chosen.matches(event):
                chosen.append(event)
        if looked_at:
            self._move_to(events[looked_at - 1].seq)
        return Taken(chosen, looked_at, not self.is_at_end)

    async def frames(self) -> bytes:
        """The next events that the filter chooses, as server-sent events."""
        tail = self._checked_tail()
        if tail is None:
            return b""
        frames = tail.frames(self.cursor.seq, self._chosen, MOST_FRAMES)
        if frames is None:
            portion = await self._portion(tail, MOST_FRAMES)
            events = self._choose(portion, MOST_FRAMES).events
            return b"".join([event.frame for event in events])
        self._move_to(frames.place)
        return frames.data

    def _checked_tail(self) -> Tail | None:
        tail, log = self._tailer.tail, self._tailer.log
        if tail is None or log is None:
            return None
        if log.identity != self.cursor.identity:
            check_is_in(log, self.cursor, tail.end)
        return tail

    async def _portion(self, tail: Tail, most: int) -> FeedPortion:
        portion = await sync_to_thread(self._views.portion, self.cursor.seq, tail.end, most)
        check_is_in(portion.log, self.cursor, max(self.cursor.seq, tail.end))
        return portion

    def _choose(self, portion: FeedPortion, most: int) -> Taken:
        chosen = [message for message in portion.messages if self._chosen.matches(message)]
        place, looked_at = portion.through, len(portion.messages)
        if len(chosen) > most:
            place = chosen[most - 1].seq
            looked_at = sum(message.seq <= place for message in portion.messages)
        events = [encoded(message, portion.log.identity) for message in chosen[:most]]
        self._move_to(place)
        return Taken(events, looked_at, not self.is_at_end)

    def _move_to(self, seq: int) -> None:
        self.cursor = FeedCursor(self.cursor.identity, seq)
