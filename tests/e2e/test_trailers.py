"""A real `allocation serve`, and what comes after the last chunk of a body: it is not a header."""

from collections.abc import Iterator

import pytest

from tests.support.databases import SQLite
from tests.support.serving import Server, serving
from tests.support.sockets import connected, rest_of


@pytest.fixture(scope="module")
def server(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for all of them."""
    folder = tmp_path_factory.mktemp("trailers")
    with serving(sqlite.migrated(folder), folder) as running:
        yield running


def answer_to(server: Server, ref: bytes, *headers: bytes, trailer: bytes = b"") -> bytes:
    """The answer to a batch that comes in one chunk, with a trailer."""
    batch = b'{"ref": "%s", "sku": "LAMP", "qty": 5}' % ref
    head = [b"POST /add_batch HTTP/1.1", b"Host: 127.0.0.1", *headers, b"Connection: close"]
    lines = [*head, b"Transfer-Encoding: chunked", b"", b"%x" % len(batch), batch, b"0"]
    with connected(server.address) as sender:
        sender.sendall(b"\r\n".join([*lines, *([trailer] if trailer else []), b"", b""]))
        return rest_of(sender)


@pytest.mark.parametrize(
    "trailer", [b"X-Check: 1", b"Host: elsewhere.example", b"Content-Encoding: gzip"]
)
def test_a_trailer_changes_nothing(server: Server, trailer: bytes) -> None:
    assert answer_to(server, b"b1", trailer=trailer).startswith(b"HTTP/1.1 201 ")


def test_a_key_in_a_trailer_is_no_idempotency_key(server: Server) -> None:
    key = b"Idempotency-Key: k1"
    assert answer_to(server, b"b2", trailer=key).startswith(b"HTTP/1.1 201 ")
    assert answer_to(server, b"b3", key).startswith(b"HTTP/1.1 201 ")


def test_a_trailer_does_not_vouch_for_where_a_request_comes_from(server: Server) -> None:
    origin, same = b"Origin: http://elsewhere.example", b"Sec-Fetch-Site: same-origin"
    without = answer_to(server, b"b4", origin)
    assert without.startswith(b"HTTP/1.1 403 ")
    assert answer_to(server, b"b4", origin, trailer=same).startswith(b"HTTP/1.1 403 ")


def test_a_trailer_of_a_request_to_upgrade_changes_nothing(server: Server) -> None:
    to_http2 = b"Connection: Upgrade, close\r\nUpgrade: h2c"
    key = b"Idempotency-Key: k5"
    assert answer_to(server, b"b5", to_http2, trailer=key).startswith(b"HTTP/1.1 201 ")
    assert answer_to(server, b"b6", to_http2, key).startswith(b"HTTP/1.1 201 ")
