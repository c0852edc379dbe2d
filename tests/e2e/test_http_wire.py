"""What goes over the connection, as no client of ours would send it."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.databases import SQLite
from tests.support.serving import serving
from tests.support.sockets import connected

BATCH = b'{"ref": "b1", "sku": "LAMP", "qty": 100}'
MESSAGES = b'{"type": "BatchCreated", "ref": "b1", "sku": "LAMP", "qty": 100}\n'
HOST = b"Host: localhost"
TO_HTTP2 = [b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"]
TO_WEBSOCKET = [b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: AAAA"]


@dataclass(frozen=True)
class Wire:
    """Answers of a server to bytes."""

    address: str

    def answers(self, *pieces: bytes) -> list[tuple[int, Any]]:
        """Statuses and bodies, until the server ends the connection."""
        with connected(self.address) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in pieces:
                client.sendall(piece)
            with client.makefile("rb") as file:
                return list(_answers(file))

    def answer(self, *pieces: bytes) -> tuple[int, Any]:
        """The only one."""
        (answer,) = self.answers(*pieces)
        return answer

    def code(self, *pieces: bytes) -> tuple[int, str]:
        """The status and the code of the only answer, which is an error."""
        status, body = self.answer(*pieces)
        return status, body["code"]


def _answers(file: Any) -> Iterator[tuple[int, Any]]:
    while line := file.readline():
        headers = dict[str, str]()
        while (header := file.readline().strip()) != b"":
            name, _, value = header.decode().partition(": ")
            headers[name] = value
        content = file.read(int(headers["content-length"]))
        lines = [json.loads(text) for text in content.splitlines()]
        yield int(line.split()[1]), lines[0] if len(lines) == 1 else lines


def request(
    body: bytes = BATCH,
    *headers: bytes,
    line: bytes = b"POST /add_batch HTTP/1.1",
    host: bytes | None = HOST,
    last: bool = True,
) -> bytes:
    """A request with these headers; the last one ends the connection."""
    lines = [line, *([host] if host is not None else []), *headers]
    lines += [b"Content-Length: %d" % len(body)] if body else []
    lines += [b"Connection: close"] if last else []
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(*headers: bytes, body: bytes = BATCH, trailer: bytes = b"", last: bool = True) -> bytes:
    """A request whose body comes in one chunk, with a trailer."""
    head = [b"POST /add_batch HTTP/1.1", HOST, *headers, b"Transfer-Encoding: chunked"]
    head += [b"Connection: close"] if last else []
    lines = [*head, b"", b"%x" % len(body), body, b"0"]
    return b"\r\n".join([*lines, *([trailer] if trailer else []), b"", b""])


def look(path: bytes = b"/products/LAMP", *headers: bytes, **other: Any) -> bytes:
    """A request without a body."""
    return request(b"", *headers, line=b"GET " + path + b" HTTP/1.1", **other)


@pytest.fixture(scope="module")
def wire(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """A server; that the batch is there already is no other answer."""
    folder = tmp_path_factory.mktemp("wire")
    with serving(sqlite.migrated(folder), folder) as server:
        yield Wire(server.address)


ADDED = (201, {"batchref": "b1"})


def test_a_request_to_upgrade_keeps_its_body(wire: Wire) -> None:
    assert wire.answer(request(BATCH, *TO_HTTP2)) == ADDED
    assert wire.answer(request(BATCH, *TO_WEBSOCKET)) == ADDED
    status, body = wire.answer(request(MESSAGES, *TO_HTTP2, line=b"POST /messages HTTP/1.1"))
    assert (status, body["status"], body["result"]) == (200, *ADDED)


def test_a_request_to_upgrade_keeps_its_body_in_pieces_and_in_chunks(wire: Wire) -> None:
    whole = request(BATCH, *TO_HTTP2)
    assert wire.answer(*(whole[at : at + 1] for at in range(len(whole)))) == ADDED
    first, second = wire.answers(chunked(*TO_HTTP2, last=False), look())
    assert first == ADDED
    assert second[0] == 200


def test_requests_after_a_request_to_upgrade_are_served(wire: Wire) -> None:
    page = look(b"/products/LAMP", *TO_HTTP2, last=False)
    statuses = [
        status
        for status, _ in wire.answers(
            request(BATCH, *TO_HTTP2, last=False) + page + page + request(BATCH, *TO_HTTP2)
        )
    ]
    assert statuses == [201, 200, 200, 201]


def test_a_connect_request_is_malformed(wire: Wire) -> None:
    for headers in ((), TO_HTTP2):
        for last in (True, False):  # the connection ends with the answer anyway
            connect = request(b"", *headers, line=b"CONNECT localhost:80 HTTP/1.1", last=last)
            assert wire.code(connect) == (400, "malformed_request")


def test_bytes_that_are_not_http_are_answered_in_json(wire: Wire) -> None:
    assert wire.code(b"\x16\x03\x01\x02\x00") == (400, "malformed_request")
    assert wire.code(look(b"/products/\xff")) == (400, "malformed_request")
    assert wire.code(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == (400, "malformed_request")


def test_a_request_has_one_host(wire: Wire) -> None:
    other, other_place = BATCH.replace(b"LAMP", b"HOSTS"), b"Host: elsewhere.example"
    assert wire.code(request(other, host=None)) == (400, "missing_host")
    assert wire.code(request(other, HOST)) == (400, "repeated_header")
    assert wire.code(request(other, other_place)) == (400, "repeated_header")
    assert wire.code(request(other, host=other_place)) == (421, "host_not_allowed")
    assert wire.code(look(b"/products/HOSTS")) == (404, "unknown_sku")
    assert wire.answer(look(b"/health", host=None).replace(b"1.1", b"1.0"))[0] == 200


def test_a_host_may_be_configured(sqlite_url: str, tmp_path: Any) -> None:
    settings = {"ALLOCATION_ALLOWED_HOSTS": "shop.example"}
    with serving(sqlite_url, tmp_path, settings=settings) as server:
        wire = Wire(server.address)
        assert wire.answer(request(host=b"Host: shop.example:443")) == ADDED
        assert wire.code(request(host=b"Host: stock.example")) == (421, "host_not_allowed")


@pytest.mark.parametrize("second", [b"k2", b"k1", b""])
def test_a_key_may_be_there_once(wire: Wire, second: bytes) -> None:
    keys = b"Idempotency-Key: k1", b"idempotency-key: " + second
    status, body = wire.answer(request(BATCH.replace(b"LAMP", b"TWICE"), *keys))

    assert (status, body) == (
        400,
        {
            "code": "repeated_header",
            "message": "Idempotency-Key appears more than once",
            "field": "Idempotency-Key",
        },
    )
    assert wire.code(look(b"/products/TWICE")) == (404, "unknown_sku")


@pytest.mark.parametrize(
    "trailer",
    [b"X-Check: 1", b"Host: elsewhere.example", b"Content-Encoding: gzip", b"Idempotency-Key: t1"],
)
@pytest.mark.parametrize("to_upgrade", [(), (b"Upgrade: h2c",)])
def test_a_trailer_changes_nothing_and_is_no_header(
    wire: Wire, to_upgrade: tuple[bytes, ...], trailer: bytes
) -> None:
    assert wire.answer(chunked(*to_upgrade, trailer=trailer)) == ADDED
    other = BATCH.replace(b"b1", b"b2")
    assert wire.answer(chunked(b"Idempotency-Key: t1", body=other, trailer=trailer))[0] == 201


def test_a_trailer_does_not_vouch_for_where_a_request_comes_from(wire: Wire) -> None:
    for trailer in (b"", b"Sec-Fetch-Site: same-origin"):
        asked = chunked(b"Origin: http://elsewhere.example", trailer=trailer)
        assert wire.code(asked) == (403, "forbidden_origin")
