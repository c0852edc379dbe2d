"""The id of a request, and when it has a line in the log."""

import logging
from typing import Any

import pytest

from allocation.access.callers import Caller
from allocation.config import LogSettings
from allocation.entrypoints.http.access.security_headers import SECURITY_HEADERS
from allocation.entrypoints.http.callers import CALLER
from allocation.entrypoints.http.exchange import COUNTED, LONG_LIVED, MESSAGE_ID, ExchangeLog

ALL = LogSettings(all_requests=True)
SLOW = LogSettings(slow_request_ms=0)
FORGED = b'/a"\r\n{"event": "forged"}\x1b[2K\xe2\x80\xae'


def a_scope(*ids: bytes, **other: Any) -> dict[str, Any]:
    headers = [(b"x-request-id", id) for id in ids]
    usual = {"type": "http", "method": "POST", "path": "/allocate", "raw_path": b"/allocate"}
    return {**usual, "headers": headers, **other}


async def answered(log: ExchangeLog, scope: Any, status: int = 200) -> dict[bytes, bytes]:
    """The headers of the response that an exchange has sent."""
    parts = list[Any]()

    async def send(message: Any) -> None:
        parts.append(message)

    exchange = log.begin(scope, send)
    await exchange.send({"type": "http.response.start", "status": status, "headers": []})
    await exchange.send({"type": "http.response.body", "body": b"", "more_body": False})
    exchange.end()
    return dict(parts[0]["headers"])


@pytest.mark.parametrize("id", [b"a", b"Root=1-67891233-abcdef", b"x" * 128])
async def test_a_safe_request_id_is_given_back(id: bytes) -> None:
    assert (await answered(ExchangeLog(), a_scope(id)))[b"x-request-id"] == id


@pytest.mark.parametrize(
    "ids",
    [(), (b"",), (b"x" * 129,), (b"a b",), (b'a"b',), (b"a\\n",), (b"\xc3\xa4",), (b"a", b"a")],
)
async def test_another_request_id_is_replaced_by_a_new_one(ids: tuple[bytes, ...]) -> None:
    log = ExchangeLog()

    first = (await answered(log, a_scope(*ids)))[b"x-request-id"]
    second = (await answered(log, a_scope(*ids)))[b"x-request-id"]

    assert first not in (*ids, second)
    assert first.isascii()


async def test_the_security_headers_are_added_to_every_response() -> None:
    answered_headers = await answered(ExchangeLog(), a_scope(), 404)

    assert answered_headers.items() >= dict(SECURITY_HEADERS).items()


@pytest.mark.parametrize(
    ("settings", "status", "scope", "line"),
    [
        (LogSettings(), 201, {}, None),
        (LogSettings(), 404, {}, ("request refused", logging.INFO)),
        (LogSettings(), 503, {}, ("request failed", logging.ERROR)),
        (LogSettings(), 401, {COUNTED: True}, None),
        (LogSettings(), 403, {}, ("request refused", logging.INFO)),
        (SLOW, 200, {}, ("request was slow", logging.WARNING)),
        (SLOW, 200, {LONG_LIVED: True}, None),
        (SLOW, 403, {COUNTED: True}, None),
        (ALL, 200, {}, ("request answered", logging.INFO)),
        (ALL, 401, {COUNTED: True}, ("request refused", logging.INFO)),
    ],
)
async def test_a_refused_a_failed_and_a_slow_request_have_a_line(
    caplog: pytest.LogCaptureFixture,
    settings: LogSettings,
    status: int,
    scope: dict[str, Any],
    line: tuple[str, int] | None,
) -> None:
    with caplog.at_level(logging.DEBUG):
        await answered(ExchangeLog(settings), a_scope(**scope), status)

    lines = [(record.getMessage(), record.levelno) for record in caplog.records]
    assert lines == ([] if line is None else [line])


async def test_a_line_names_the_request_its_sender_and_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scope = a_scope(b"r-1", raw_path=b"/allocate?token=secret")
    scope |= {CALLER: Caller("key:shop", frozenset()), MESSAGE_ID: "m1"}

    with caplog.at_level(logging.INFO):
        await answered(ExchangeLog(), scope, 409)

    facts: dict[str, Any] = vars(caplog.records[0])
    assert facts["milliseconds"] >= 0
    expected = {
        "request_id": "r-1",
        "method": "POST",
        "path": "/allocate",
        "status": 409,
        "sender": "key:shop",
        "message_id": "m1",
    }
    assert {name: facts[name] for name in expected} == expected


async def test_what_a_client_sends_cannot_break_or_forge_a_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scope = a_scope(FORGED, method=FORGED.decode("latin-1"), raw_path=FORGED + b"x" * 5_000)

    with caplog.at_level(logging.INFO):
        await answered(ExchangeLog(), scope, 404)

    facts: dict[str, Any] = vars(caplog.records[0])
    for name in ("request_id", "method", "path"):
        assert facts[name].isascii()
        assert facts[name].isprintable()
        assert " " not in facts[name]
    assert len(facts["path"]) < 1_200


async def test_a_request_without_a_response_has_no_status(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def send(_message: Any) -> None:
        """Nothing is sent."""

    with caplog.at_level(logging.INFO):
        scope: Any = a_scope()
        ExchangeLog().begin(scope, send).end()

    assert [record.getMessage() for record in caplog.records] == [
        "request ended without a response"
    ]
