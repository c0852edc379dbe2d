"""The protocol of one connection: uvicorn's, with limits on incomplete requests."""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
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
"""The maximum number of pipelined requests; the connection is closed after them."""


MOST_UNSENT: Final = 16 * 1024
"""The maximum number of bytes that the system buffers before they are sent, where it has such a
limit. Without one it buffers megabytes and drains them in bursts: the transport's buffer then says
nothing about how fast a client reads (see `Stalls`)."""

_UNSENT: Final[int | None] = getattr(socket, "TCP_NOTSENT_LOWAT", None)


class Phase(Enum):
    """What a connection waits for."""

    HEAD = "the rest of a request head, or the first byte"
    BODY = "the rest of a request body"
    ANSWER = "the response to a complete request"
    IDLE = "the next request"
    REFUSED = "the client to close the connection"


class _Refusal(Exception):
    """Raised inside a parser callback to stop the parser; carries the response."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer


class LimitedProtocol(IgnoringUpgrade):
    """A connection that limits the size of request heads, and reports the phase it is in.

    `Connections.sweep` checks the duration of phases periodically, so that a request sets no
    timer and reads no clock.
    """

    def __init__(
        self, limits: LimitSettings, admit: "Callback", paused: "Callback", **parts: Any
    ) -> None:
        """`admit` is called with a new connection, `paused` when reading of a body pauses."""
        super().__init__(**parts)
        self.received = 0
        """The number of bytes received."""
        self.refused = False
        """Whether further input is discarded."""
        self.since = 0.0
        """The time at which the current phase was first seen."""
        self.stalls = Stalls()
        self._admit = admit
        self._paused = paused
        self._max_header_bytes = limits.max_header_bytes
        self._last_phase: tuple[Phase, Any] = (Phase.HEAD, None)
        self._chunk = 0  # bytes of the last chunk
        self._with_head = 0  # bytes of all chunks with a part of the incomplete head
        self._of_head = 0  # the same, without a chunk that may hold the end of a request
        self._without_body = 0  # bytes since the last chunk with body data, such as trailers

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection, if the limit permits."""
        super().connection_made(transport)
        _limit_unsent(transport)
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

    def update_phase(self, now: float) -> Phase:
        """Return the current phase, and record the time if it has changed."""
        phase, scope = self.phase, self.scope
        if phase is not self._last_phase[0] or scope is not self._last_phase[1]:
            if phase is not Phase.HEAD or self._last_phase != (Phase.HEAD, None):
                self.since = now
                self.stalls.begin(now, self.received)
            # else: the first head began with the connection
            self._last_phase = phase, scope
        return phase

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless the connection has been refused."""
        self._chunk = size = len(data)
        self.received += size
        if self.refused:
            return
        before = self.scope
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # CONNECT gets the response of any unknown method. The parser stops at it, so the
            # connection is closed after the response.
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
        """Count a chunk with a part of a head; `alone` if it holds nothing else."""
        self._with_head += size
        if alone:
            self._of_head += size
        if self._of_head > self._max_header_bytes:
            self.refuse(early_answers.HEADER_TOO_LARGE)

    def _note_part_of_body(self, size: int) -> None:
        self._without_body += size
        if self._without_body > self._max_header_bytes:
            self.refuse(early_answers.HEADER_TOO_LARGE)
        elif self.flow.read_paused:
            self._paused(self)

    def on_body(self, body: bytes) -> None:
        """Receive a part of a body."""
        self._without_body = -self._chunk  # exclude this chunk
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """Start the request, unless its head is too large."""
        limit = self._max_header_bytes
        if self._with_head + self._chunk > limit and self._head_size() > limit:
            raise _Refusal(early_answers.HEADER_TOO_LARGE)
        if len(self.pipeline) >= MOST_PIPELINED:
            # Stop the parser. This response is never sent: complete requests are waiting, and
            # the response to the last of them is the last one (`refuse`).
            raise _Refusal(early_answers.TOO_MANY_CONNECTIONS)
        self._of_head = self._with_head = 0
        self._without_body = -self._chunk
        super().on_headers_complete()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and cycle.scope is self.scope:
            self.headers = []  # for trailers, which must not be added to the request's headers
        # else: the request asks for an upgrade, and is parsed again without that header

    def on_response_complete(self) -> None:
        """Start the next request, or end the connection if that one was refused.

        Unlike uvicorn's, this method sets no keep-alive timer: `Connections.sweep` replaces it.
        """
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
        else:
            self.server_state.total_requests += 1
            self.flow.resume_reading()
        if self.refused and self.cycle.disconnected and not self.pipeline:
            self._end()

    def refuse(self, answer: bytes) -> None:
        """Send an error response, and close the connection once the client has read it.

        Further input is discarded: closing at once would reset the connection, and the client
        would not see the response. If an earlier request is being served, its response is the
        last one instead.
        """
        last_answer = self._is_answering()
        self.refused = True
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and cycle.more_body and not cycle.response_complete:
            cycle.disconnected = True  # the reader of the body sees a disconnect
            cycle.waiting_for_100_continue = False  # and does not ask the client for more
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
        """Close the sending half: the client sees the end of the responses and may still send."""
        if not self.transport.is_closing():
            self.transport.write_eof()

    def shed(self, answer: bytes) -> None:
        """Close the connection at once, to free its resources."""
        if self.phase is not Phase.IDLE:
            self.refuse(answer)
        self.connections.discard(self)
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def _is_answering(self) -> bool:
        """Whether a complete request is being served."""
        if self.pipeline:
            return True  # an earlier request; the last one may be refused itself
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


def _limit_unsent(transport: asyncio.Transport) -> None:
    connection = transport.get_extra_info("socket")
    if _UNSENT is not None and connection is not None:
        with suppress(OSError):  # not all systems that define the option support it
            connection.setsockopt(socket.IPPROTO_TCP, _UNSENT, MOST_UNSENT)


Callback = Callable[[LimitedProtocol], None]
