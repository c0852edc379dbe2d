"""Streams of the feed: events come at once, and none is lost with a connection or a server."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from socket import create_connection
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import delete, update

from allocation.adapters.sql.schema import log_state, messages
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated
from tests.support.feed import STREAM, open_streams, streamed, streaming
from tests.support.requests import a_batch_body
from tests.support.serving import Server, serving
from tests.support.waiting import wait_until


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    with serving(database_url, tmp_path) as server:
        yield server


def add_batches(server: Server, *refs: str) -> None:
    for ref in refs:
        body = a_batch_body(ref=ref)
        assert httpx.post(f"{server.address}/add_batch", json=body).status_code == 201


def refs(events: Iterator[Any], count: int) -> list[str]:
    """The batches of the next so many events that carry one."""
    carrying = (each.event for each in events if each.event is not None)
    return [event["data"]["ref"] for event in islice(carrying, count)]


def streams_of(server: Server) -> int:
    return open_streams(server.address)


def test_a_stream_has_what_happened_before_and_what_happens_then(
    server: Server, database_url: str
) -> None:
    add_batches(server, "b1")
    with streaming(server.address) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = streamed(answer)
        assert refs(events, 1) == ["b1"]
        add_batches(server, "b2")
        assert refs(events, 1) == ["b2"]
        with closing(bootstrap(Settings(database_url))) as other:
            other.handle(BatchCreated("b3", "LAMP", 1))
        assert refs(events, 1) == ["b3"]


def test_a_stream_goes_on_after_the_last_id_whatever_the_address_says(server: Server) -> None:
    add_batches(server, *(f"b{n}" for n in range(6)))
    seen, last = list[str](), ""
    while len(seen) < 6:
        query = {"after": "last"} if last else {}
        with streaming(server.address, last, **query) as answer:
            assert answer.status_code == 200
            for each in islice(streamed(answer), 3):  # the first one only tells the place
                last = each.id
                seen += [] if each.event is None else [each.event["data"]["ref"]]
    assert seen == [f"b{n}" for n in range(6)]


def test_a_stream_filters_like_a_page(server: Server) -> None:
    add_batches(server, "b1")
    with streaming(server.address, type="Allocated") as answer:
        events = (each.event for each in streamed(answer) if each.event is not None)
        body = {"orderid": "o1", "sku": "LAMP", "qty": 1}
        assert httpx.post(f"{server.address}/allocate", json=body).status_code == 201
        assert next(events)["data"]["orderid"] == "o1"


def test_a_server_that_stops_ends_its_streams_and_polls_at_once(server: Server) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        answers = [stack.enter_context(streaming(server.address)) for _ in range(20)]
        poll = f"{server.address}/events?after=last&wait=60"
        polling = pool.submit(httpx.get, poll, timeout=60)
        wait_until(lambda: streams_of(server) == 21, "all of them are open")
        began = time.monotonic()
        server.process.terminate()
        for answer in answers:
            assert all(each.event is None for each in streamed(answer))
        assert polling.result().json()["events"] == []
        assert server.ended() == 0
        assert time.monotonic() - began < 20  # uvicorn alone would wait for 30


def test_a_client_that_goes_away_leaves_no_stream_and_no_poll(server: Server) -> None:
    netloc = urlsplit(server.address)
    with streaming(server.address), create_connection((netloc.hostname, netloc.port)) as poll:
        request = f"GET /events?wait=60&after=last HTTP/1.1\r\nHost: {netloc.netloc}\r\n\r\n"
        poll.sendall(request.encode())
        wait_until(lambda: streams_of(server) == 2, "both of them are open")
    wait_until(lambda: streams_of(server) == 0, "both of them are closed")


def test_more_streams_than_the_limit_are_refused(sqlite_url: str, tmp_path: Path) -> None:
    settings = {"ALLOCATION_MAX_STREAMS": "1"}
    with serving(sqlite_url, tmp_path, settings=settings) as server:
        with streaming(server.address) as answer:
            events = streamed(answer)
            assert next(events).event is None
            for query, headers in (({}, STREAM), ({"wait": 1}, {})):
                refused = httpx.get(f"{server.address}/events", params=query, headers=headers)
                assert (refused.status_code, refused.json()["code"]) == (503, "too_many_streams")
                assert refused.headers["retry-after"] == "1"
            assert httpx.get(f"{server.address}/events").status_code == 200
        wait_until(lambda: streams_of(server) == 0, "the stream is closed")
        with streaming(server.address) as answer:
            assert answer.status_code == 200


def test_a_head_request_for_a_stream_is_answered_without_it(server: Server) -> None:
    answer = httpx.head(f"{server.address}/events", headers=STREAM)
    assert (answer.status_code, answer.content) == (200, b"")
    assert streams_of(server) == 0


def test_a_reader_who_reads_nothing_keeps_no_other_from_the_events(
    database_url: str, tmp_path: Path
) -> None:
    with closing(bootstrap(Settings(database_url))) as application:
        application.handle(BatchCreated("b1", "LAMP", 1_000_000))
        for start in range(0, 6_000, 500):
            lines = (AllocationRequired(f"o{n}", "LAMP", 1) for n in range(start, start + 500))
            application.handle_all(lines)
    with serving(database_url, tmp_path) as server:
        netloc = urlsplit(server.address)
        with create_connection((netloc.hostname, netloc.port)) as lazy:
            lines_of_head = (
                *("GET /events HTTP/1.1", f"Host: {netloc.netloc}"),
                *("Accept: text/event-stream", "", ""),
            )
            lazy.sendall("\r\n".join(lines_of_head).encode())
            wait_until(lambda: streams_of(server) == 1, "the lazy reader has a stream")
            with streaming(server.address) as answer:
                events = (each.event for each in streamed(answer) if each.event is not None)
                assert sum(1 for _ in islice(events, 12_001)) == 12_001


def test_a_stream_whose_place_has_been_pruned_ends_and_is_refused_when_it_comes_back(
    database_url: str, tmp_path: Path
) -> None:
    with closing(bootstrap(Settings(database_url))) as application:
        application.handle(BatchCreated("b1", "LAMP", 1_000_000))
        lines = (AllocationRequired(f"o{n}", "LAMP", 1) for n in range(4_000))
        application.handle_all(lines)
        with serving(database_url, tmp_path) as server, streaming(server.address) as answer:
            events = streamed(answer)
            place = next(events).id
            with application.database.writing() as connection:
                connection.execute(update(log_state).values(pruned_through=7_000))
                connection.execute(delete(messages).where(messages.c.seq <= 7_000))
                connection.commit()
            seen = [each.event for each in events if each.event is not None]
            numbers = [int(event["cursor"].rpartition("-")[2]) for event in seen]
            assert numbers == list(range(1, len(seen) + 1))
            headers = {**STREAM, "Last-Event-ID": place}
            refused = httpx.get(f"{server.address}/events", headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (410, "cursor_too_old")
