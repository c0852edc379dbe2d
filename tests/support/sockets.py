"""Raw connections to a server: what a client sends may stop at any byte."""

import resource
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tests.support.clients import Request
from tests.support.serving import Server, serving
from tests.support.waiting import TIMEOUT

HALF_A_HEAD: Final = b"POST /allocate HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: "

A_BATCH: Final = Request("/add_batch", {"ref": "b1", "sku": "LAMP", "qty": 1000, "eta": None}, "b1")
MEGABYTE: Final = 1024 * 1024
LONG_ANSWER: Final = (
    b"GET /docs/assets/swagger-ui-bundle.js HTTP/1.1\r\n"
    b"Host: 127.0.0.1\r\nX-Request-ID: same\r\n\r\n"  # ids differ in length otherwise
)
"""Asks for more than a megabyte: twenty are more than the system takes for a reader."""


def connected(address: str, *, receive_buffer: int | None = None) -> socket.socket:
    """A connection to the server."""
    url = urlsplit(address)
    assert url.hostname is not None
    connection = socket.socket()
    if receive_buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(TIMEOUT)
    try:
        connection.connect((url.hostname, url.port or 80))
    except OSError:
        connection.close()
        raise
    return connection


@contextmanager
def served(
    url: str, folder: Path, *, receive_buffer: int | None = None, **limits: int
) -> Iterator[tuple[Server, socket.socket]]:
    """A server with these limits, and a connection to it."""
    settings = {f"ALLOCATION_{name.upper()}": str(limit) for name, limit in limits.items()}
    with (
        serving(url, folder, settings=settings) as server,
        connected(server.address, receive_buffer=receive_buffer) as connection,
    ):
        yield server, connection


@contextmanager
def connections(address: str, count: int) -> Iterator[list[socket.socket]]:
    """So many connections."""
    allow_descriptors(count + 512)
    with ExitStack() as stack:
        yield [stack.enter_context(connected(address)) for _ in range(count)]


def head_of(path: str, length: int, *more: str) -> bytes:
    """The head of a POST whose body has this length."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {length}", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def whole(path: str, body: bytes, *more: str) -> bytes:
    """A POST with this body."""
    return head_of(path, len(body), *more) + body


def rest_of(connection: socket.socket) -> bytes:
    """All that the server sends until it closes the connection."""
    parts = []
    with suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def send_what_is_taken(connection: socket.socket, data: bytes, *, within: float = 1) -> int:
    """Send until all is sent, or the server takes no more for so long; the bytes sent."""
    sent = 0
    connection.settimeout(within)
    with suppress(OSError):
        while sent < len(data):
            sent += connection.send(data[sent : sent + 262_144])
    connection.settimeout(TIMEOUT)
    return sent


def allow_descriptors(count: int) -> None:
    """Raise this process's own limit of open files as far as needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


def is_cut_off(connection: socket.socket) -> bool:
    """Whether the server takes nothing more from this connection."""
    try:
        connection.sendall(b"x")
    except ConnectionError:
        return True
    return False


def flooded(connection: socket.socket, megabytes: int) -> bytes:
    """Send so much, until the server answers; its answer."""
    for _ in range(megabytes):
        send_what_is_taken(connection, b"x" * MEGABYTE)
        if readable(connection):
            return connection.recv(65_536)
    return b""


def readable(connection: socket.socket) -> bool:
    """Whether the server has sent something."""
    poll = select.poll()  # `select` knows no descriptors above 1,023
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def trickling(sender: socket.socket, data: bytes) -> bytes:
    """Send this again and again, until the server has closed; what it has sent."""
    sender.settimeout(0.2)
    parts = []
    deadline = time.monotonic() + TIMEOUT
    with suppress(ConnectionError):
        while True:
            assert time.monotonic() < deadline, "the server does not close the connection"
            with suppress(BrokenPipeError):
                sender.sendall(data)
            with suppress(TimeoutError):
                part = sender.recv(65_536)
                if not part:
                    break
                parts.append(part)
    return b"".join(parts)
