"""The feed of a server: its tailer, its open streams, and its followers."""

from typing import Final

from allocation.bootstrap import Application
from allocation.entrypoints.http.errors import FeedStalled
from allocation.entrypoints.http.feed.cursors import LAST, FeedCursor, check_is_in
from allocation.entrypoints.http.feed.filters import FeedFilter
from allocation.entrypoints.http.feed.follower import Follower
from allocation.entrypoints.http.feed.open_streams import Streams
from allocation.entrypoints.http.feed.tailer import Tailer
from allocation.errors import StoreUnavailable

REFRESH_TIMEOUT: Final = 1.0
"""Seconds for which a request waits until the messages before it can be read."""

HEALTH_TIMEOUT: Final = 0.3
"""Seconds for a health check to measure the lag if nobody follows."""


class Feed:
    """The feed of events, for all clients of a server."""

    def __init__(self, application: Application, streams: Streams) -> None:
        self._views = application.views.feed
        self.streams = streams
        self.tailer = Tailer(application.read_tail, streams.wake_all)

    async def follower(self, name: str, place: str | None, chosen: FeedFilter) -> Follower:
        """A follower from a place on: a cursor, `last`, or None for the beginning of the log.

        All that was committed before the call is in the feed, unless a transaction keeps the end
        of the feed uncertain for more than a second. `name` is that of the parameter or header
        with the place.

        Raises:
            InvalidValue: the place is none.
            CursorTooOld: events after the place have been pruned.
            OtherDatabase: the place is one in another database.
            FeedStalled: the end of the feed is uncertain.
            StoreUnavailable: the database cannot be read.
        """
        cursor = None if place in (None, LAST) else FeedCursor.parse(name, place or "")
        with self.tailer.used():
            progress = await self.tailer.refreshed(REFRESH_TIMEOUT)
            tail, log = self.tailer.tail, self.tailer.log
        if progress is None or log is None:
            raise StoreUnavailable("the database did not answer in time")
        if cursor is not None:
            check_is_in(log, cursor, progress.last)
        if tail is None:
            raise FeedStalled(
                f"A transaction has kept the end of the feed uncertain for {progress.lag:.0f} s"
            )
        if cursor is None:
            seq = tail.end if place == LAST else log.pruned_through
            cursor = FeedCursor(log.identity, seq)
        return Follower(self.tailer, self._views, cursor, chosen)

    async def lag(self) -> float | None:
        """Seconds for which messages have waited to be readable; None if that is not certain."""
        with self.tailer.used(linger=False):
            progress = self.tailer.progress
            if progress is None:
                try:
                    progress = await self.tailer.refreshed(HEALTH_TIMEOUT)
                except StoreUnavailable:
                    return None
        return None if progress is None else progress.lag
