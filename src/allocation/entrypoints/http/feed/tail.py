"""The latest events of the feed, in memory."""

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from allocation.entrypoints.http.feed.cloud_events import FeedEvent
from allocation.entrypoints.http.feed.filters import FeedFilter

MOST_EVENTS: Final = 4_096
MOST_BYTES: Final = 16 * 1024 * 1024

MOST_FRAME_BYTES: Final = 16 * 1024 * 1024
"""The maximum size of the answers to followers that are used again for others."""

_seq: Final = attrgetter("seq")


class Frames(NamedTuple):
    """Server-sent events, joined, and the place in the feed after them."""

    data: bytes
    place: int


class Tail:
    """The events after `start` and up to `end`, both of them numbers of messages.

    It holds at least the last `most_events`, unless these have more than `most_bytes`.
    """

    def __init__(
        self, start: int, most_events: int = MOST_EVENTS, most_bytes: int = MOST_BYTES
    ) -> None:
        self.start = self.end = start
        self._most_events = most_events
        self._most_bytes = most_bytes
        self._events: list[FeedEvent] = []
        self._bytes = 0
        self._frames: dict[tuple[int, FeedFilter], Frames] = {}
        self._frame_bytes = 0

    def append(self, events: Sequence[FeedEvent]) -> None:
        """Add the next events; the oldest make room for them."""
        if not events:
            return
        self._forget_frames()
        self._events += events
        self._bytes += sum(len(event.json) for event in events)
        self.end = events[-1].seq
        # In large steps, because all that remain move up.
        if len(self._events) > 2 * self._most_events:
            self._remove(len(self._events) - self._most_events)
        while self._bytes > self._most_bytes and self._events:
            self._remove((len(self._events) + 1) // 2)

    def after(self, seq: int, most: int) -> Sequence[FeedEvent] | None:
        """At most so many events after a number; None if some of them are not in memory."""
        if seq < self.start:
            return None
        begin = bisect_right(self._events, seq, key=_seq)
        return self._events[begin : begin + most]

    def frames(self, seq: int, chosen: FeedFilter, most: int) -> Frames | None:
        """The events that a filter chooses of the next ones after a number.

        They are joined once for all followers who ask for the same; None as for `after`.
        """
        frames = self._frames.get((seq, chosen))
        if frames is None:
            events = self.after(seq, most)
            if events is None:
                return None
            data = b"".join([event.frame for event in events if chosen.matches(event)])
            frames = Frames(data, events[-1].seq if events else seq)
            if self._frame_bytes + _size(frames) > MOST_FRAME_BYTES:
                self._forget_frames()
            self._frames[seq, chosen] = frames
            self._frame_bytes += _size(frames)
        return frames

    def _forget_frames(self) -> None:
        self._frames.clear()
        self._frame_bytes = 0

    def _remove(self, count: int) -> None:
        removed = self._events[:count]
        del self._events[:count]
        self._bytes -= sum(len(event.json) for event in removed)
        self.start = removed[-1].seq


def _size(frames: Frames) -> int:
    """Bytes that a cached answer takes, roughly: an empty one takes some as well."""
    return len(frames.data) + 500
