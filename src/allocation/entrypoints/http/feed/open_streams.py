"""The open streams of a server: server-sent events, and requests that wait for an event."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress

from allocation.access.callers import Caller
from allocation.config import LimitSettings
from allocation.entrypoints.http.errors import InvalidKey, TooManyKeyStreams, TooManyStreams
from allocation.errors import Stopping


class OpenStream:
    """A stream of a caller."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.is_closed = False
        self._wake = asyncio.Event()
        self._closed = asyncio.Event()

    def wake(self) -> None:
        """Let the stream look for events."""
        self._wake.set()

    def close(self) -> None:
        """Let the stream end with what it has."""
        self.is_closed = True
        self._closed.set()
        self._wake.set()

    async def sleep(self, seconds: float) -> None:
        """Sleep until the stream is woken or closed, but not for longer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        if not self.is_closed:
            self._wake.clear()

    async def pause(self, seconds: float) -> None:
        """Sleep until the stream is closed, even if it is woken, but not for longer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closed.wait()


class Streams:
    """All open streams of a server, within its limits."""

    def __init__(self, limits: LimitSettings, admits: Callable[[Caller], bool]) -> None:
        """`admits` says whether a caller, whose request was admitted, still would be."""
        self._limits = limits
        self._admits = admits
        self._open: set[OpenStream] = set()
        self._by_key: Counter[str | None] = Counter()
        self._is_closing = False

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def opened(self, caller: Caller) -> Iterator[OpenStream]:
        """Open a stream for a caller.

        Raises:
            InvalidKey: the key or the session has ended since the request was admitted, so that
                `close_of` has been called already, and would not end the stream.
            TooManyStreams: the server has too many.
            TooManyKeyStreams: the key has too many.
            Stopping: the server is about to stop.
        """
        if self._is_closing:
            raise Stopping()
        if not self._admits(caller):
            raise InvalidKey("The key is not valid any more, or the session has ended")
        prefix = caller.prefix
        if len(self._open) >= self._limits.max_streams:
            raise TooManyStreams(f"{len(self._open):,} streams are open: try again later")
        if prefix is not None and self._by_key[prefix] >= self._limits.max_key_streams:
            count = self._by_key[prefix]
            raise TooManyKeyStreams(f"{count:,} streams are open with this key: close some")
        stream = OpenStream(caller)
        self._open.add(stream)
        self._by_key[prefix] += 1
        try:
            yield stream
        finally:
            self._open.discard(stream)
            self._by_key[prefix] -= 1
            if not self._by_key[prefix]:
                del self._by_key[prefix]

    def wake_all(self) -> None:
        """Let all streams look for events."""
        for stream in self._open:
            stream.wake()

    def close_all(self) -> None:
        """End all streams and open no more, because the server stops."""
        self._is_closing = True
        for stream in self._open:
            stream.close()

    def close_of(self, ended: Collection[str | None]) -> None:
        """End the streams of these keys and sessions: see `KeySnapshot.admitted`."""
        for stream in self._open:
            caller = stream.caller
            if caller.prefix in ended or (caller.session is not None and caller.session in ended):
                stream.close()
