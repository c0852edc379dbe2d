"""The log of `allocation serve`: each line in one format, and none that a client has made."""

import json
from pathlib import Path
from socket import create_server
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.commands import COMMAND
from tests.support.serving import running, serving, starting
from tests.support.sockets import connected
from tests.support.waiting import wait_until

JSON = {"ALLOCATION_LOG_FORMAT": "json", "ALLOCATION_ACCESS_LOG": "yes"}


def log_of(output: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output]


def requests_in(output: list[str]) -> list[dict[str, Any]]:
    return [line for line in log_of(output) if "request_id" in line]


def test_every_line_of_a_server_is_json_and_every_request_has_one(
    sqlite_url: str, tmp_path: Path
) -> None:
    batch = {"ref": "b1", "sku": "LAMP", "qty": 1}
    with serving(sqlite_url, tmp_path, settings=JSON) as server:
        created = httpx.post(
            f"{server.address}/add_batch",
            json=batch,
            headers={"X-Request-ID": "r-1", "Idempotency-Key": "k1"},
        )
        missing = httpx.get(f"{server.address}/nowhere?secret=1")
        server.terminate()

    assert created.headers.get_list("x-request-id") == ["r-1"]
    first, second = requests_in(server.output)
    assert (first["request_id"], first["message_id"], first["status"]) == ("r-1", "k1", 201)
    assert second["request_id"] == missing.headers["x-request-id"]
    assert (second["method"], second["path"], second["status"]) == ("GET", "/nowhere", 404)
    assert "secret" not in "".join(server.output)


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_client_cannot_forge_a_line(sqlite_url: str, tmp_path: Path, form: str) -> None:
    forged = b"\x1b[2K\x9b forged=yes"
    heads = [
        b"GET /a%0d%0aforged=yes HTTP/1.1\r\nHost: localhost\r\n",
        b"GET /" + forged.replace(b" ", b"") + b" HTTP/1.1\r\nHost: localhost\r\n",
        b"GET /b HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: a" + forged + b"\r\n",
        b"GET /c HTTP/1.1\r\nHost: " + forged + b"\r\n",
        b"FORGED=\x1b /d HTTP/1.1\r\nHost: localhost\r\n",
    ]
    settings = {**JSON, "ALLOCATION_LOG_FORMAT": form}
    with serving(sqlite_url, tmp_path, settings=settings) as server:
        for head in heads:
            with connected(server.address) as sender:
                sender.sendall(head + b"Connection: close\r\n\r\n")
                assert sender.makefile("rb").read().startswith(b"HTTP/1.1 4")
        server.terminate()

    for line in server.output:
        assert line.removesuffix("\n").isprintable()
        assert " forged=yes" not in line
        assert not line.startswith("forged")
    if form == "json":
        assert all("forged" not in facts for facts in log_of(server.output))


def test_an_error_before_the_start_is_json_if_that_was_asked_for(
    sqlite_url: str, tmp_path: Path
) -> None:
    with serving(sqlite_url, tmp_path) as server:
        port = urlsplit(server.address).port
        assert port is not None
        with starting(sqlite_url, tmp_path, port=port, settings=JSON) as second:
            assert second.ended() == 2

    [line] = log_of(second.output)
    assert line["event"].startswith(f"cannot listen on 127.0.0.1, port {port}: ")


def test_a_level_leaves_out_the_lines_below_it(sqlite_url: str, tmp_path: Path) -> None:
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def is_missing() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/nowhere").status_code == 404
        except httpx.ConnectError:
            return False

    level = {"ALLOCATION_LOG_LEVEL": "error"}
    with starting(sqlite_url, tmp_path, port=port, settings=level) as server:
        wait_until(is_missing, "the server, which announces nothing, answers")
        server.terminate()
    assert server.output == []


def test_an_unknown_level_is_an_invalid_call(sqlite_url: str, tmp_path: Path) -> None:
    words = [COMMAND, "serve", "--port", "0", "--log-level", "loud", "--database", sqlite_url]
    with running(words, tmp_path) as server:
        assert server.ended() == 2
    assert "loud" in "".join(server.output)
