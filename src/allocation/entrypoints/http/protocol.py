"""The protocol of one connection: uvicorn's, with limits on what is not a whole request yet."""

import asyncio
import logging
from collections.abc import Callable
from enum import Enum
from time import monotonic
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from allocation.config import LimitSettings
from allocation.entrypoints.http import early_answers
from allocation.entrypoints.http.stalls import Stalls
from allocation.entrypoints.http.upgrade import IgnoringUpgrade

logger = logging.getLogger(__name__)

MOST_PIPELINED: Final = 64
"""Requests that may wait on a connection for those before them; it is closed after them."""


class Phase(Enum):
    """What a connection waits for."""

    HEAD = "the rest of a request's head, or a connection's first byte"
    BODY = "the rest of a request's body"
    ANSWER = "the answer to a whole request"
    IDLE = "another request"
    REFUSED = "the client to close it"


class _Refusal(Exception):
    """Raised to the parser, so that it stops; has the answer."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer


class LimitedProtocol(IgnoringUpgrade):
    """A connection whose requests have limited heads, and whose phases can be looked at.

    How long a phase takes is seen to from outside, now and then (`Connections.sweep`): no timer
    is set, and no clock is read, for a request.
    """

    def __init__(self, limits: LimitSettings, admit: "Tell", paused: "Tell", **parts: Any) -> None:
        """`admit` is told of the connection, `paused` of every pause with a part of a body."""
        super().__init__(**parts)
        self.received = 0
        """Bytes, of everything that came."""
        self.refused = False
        """Whether what the client sends is thrown away."""
        self.since = 0.0
        """When the phase was first seen."""
        self.stalls = Stalls()
        self._admit = admit
        self._paused = paused
        self._most = limits.max_header_bytes
        self._seen: tuple[Phase, Any] = (Phase.HEAD, None)
        self._chunk = 0  # bytes of the last chunk
        self._with_head = 0  # bytes of every chunk with a part of a head that is not whole
        self._of_head = 0  # the same, without a chunk that may hold the request before it
        self._without_body = 0  # bytes of chunks since the last of a body: trailers, and the like

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, if there is room for it."""
        super().connection_made(transport)
        self.since = monotonic()
        self._admit(self)

    @property
    def phase(self) -> Phase:
        """What the connection waits for now."""
        cycle: RequestResponseCycle | None = self.cycle
        if self.refused:
            return Phase.ANSWER if self._is_answering() else Phase.REFUSED
        if cycle is None:
            return Phase.HEAD
        if cycle.scope is not self.scope and cycle.response_complete:
            return Phase.HEAD  # of the next request
        if self._is_answering():
            return Phase.ANSWER
        return Phase.BODY if cycle.more_body else Phase.IDLE

    def look(self, now: float) -> Phase:
        """The phase; notes when another one has begun."""
        phase, scope = self.phase, self.scope
        if phase is not self._seen[0] or scope is not self._seen[1]:
            if phase is not Phase.HEAD or self._seen != (Phase.HEAD, None):
                self.since = now
                self.stalls.begin(now, self.received)
            # else: a connection's first head has begun with the connection
            self._seen = phase, scope
        return phase

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless it has had enough."""
        self._chunk = size = len(data)
        self.received += size
        if self.refused:
            return
        before = self.scope
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # A tunnel, which is answered like any other method that is not known; what comes
            # after it is not parsed, so the connection ends with the answer.
            if self.cycle is not None:
                self.cycle.keep_alive = False
            return
        except httptools.HttpParserError as error:
            self._stop_parsing(error)
            return
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.scope is not self.scope:
            self._note_part_of_head(size, alone=cycle is None or self.scope is before)
        elif cycle.more_body:
            self._note_part_of_body(size)
        elif self.flow.read_paused:
            self._paused(self)

    def _note_part_of_head(self, size: int, *, alone: bool) -> None:
        """`alone`: the chunk holds nothing else, such as the end of the request before it."""
        self._with_head += size
        if alone:
            self._of_head += size
        if self._of_head > self._most:
            self.refuse(early_answers.HEADER_TOO_LARGE)

    def _note_part_of_body(self, size: int) -> None:
        self._without_body += size
        if self._without_body > self._most:
            self.refuse(early_answers.HEADER_TOO_LARGE)
        elif self.flow.read_paused:
            self._paused(self)

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._without_body = -self._chunk  # this chunk does not count
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """Let the request begin, unless its head is too large."""
        if self._with_head + self._chunk > self._most and self._head_size() > self._most:
            raise _Refusal(early_answers.HEADER_TOO_LARGE)
        if len(self.pipeline) >= MOST_PIPELINED:
            # The parser stops. Nobody is sent this text: whole requests wait here, so the answer
            # to the last of them is the last one (`refuse`).
            raise _Refusal(early_answers.TOO_MANY_CONNECTIONS)
        self._of_head = self._with_head = 0
        self._without_body = -self._chunk
        super().on_headers_complete()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and cycle.scope is self.scope:
            self.headers = []  # of trailers, which the request's own list must not take in
        # else: it asks for an upgrade, and is parsed again from its headers

    def on_response_complete(self) -> None:
        """Let the next request begin; end the connection before one that was refused.

        No timer is set for the next one, as uvicorn does: `Connections.sweep` sees to it.
        """
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
        else:
            self.server_state.total_requests += 1
            self.flow.resume_reading()
        if self.refused and self.cycle.disconnected and not self.pipeline:
            self._end()

    def refuse(self, answer: bytes) -> None:
        """Tell the client why it is not served, and close the connection once it has read it.

        Whatever it still sends is thrown away: it would not see the answer if the connection were
        closed at once. Where a request before this one is being answered, that is the last answer.
        """
        last_answer = self._is_answering()
        self.refused = True
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and cycle.more_body and not cycle.response_complete:
            cycle.disconnected = True  # whoever reads the body is told that no more will come
            cycle.waiting_for_100_continue = False  # nor is the client asked for it
            cycle.body = bytearray()
            cycle.message_event.set()
        if cycle is not None and last_answer:
            cycle.keep_alive = False
        elif cycle is not None and cycle.response_started and not cycle.response_complete:
            self.transport.close()
        else:
            self.transport.write(answer)
            self._end()

    def _end(self) -> None:
        """Let the client see that no answer will follow; it may still send."""
        if not self.transport.is_closing():
            self.transport.write_eof()

    def shed(self, answer: bytes) -> None:
        """Close it at once: what it holds is needed."""
        if self.phase is not Phase.IDLE:
            self.refuse(answer)
        self.connections.discard(self)
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def _is_answering(self) -> bool:
        """Whether a whole request is being answered."""
        if self.pipeline:
            return True  # what comes before the last one, which may be refused itself
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.disconnected:
            return False
        return not (cycle.response_complete or cycle.more_body)

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _stop_parsing(self, error: httptools.HttpParserError) -> None:
        if isinstance(error.__context__, _Refusal):
            self.refuse(error.__context__.answer)
            return
        logger.warning("a request that is not valid HTTP was refused")
        self.refuse(early_answers.NOT_HTTP)


Tell = Callable[[LimitedProtocol], None]
