"""The latest events in memory, and the streams that are woken for them."""

import asyncio
import tracemalloc

import msgspec
import pytest

from allocation.access.callers import OPEN, Caller
from allocation.access.scopes import Scope
from allocation.config import LimitSettings
from allocation.entrypoints.http.errors import InvalidKey, TooManyKeyStreams, TooManyStreams
from allocation.entrypoints.http.feed import tail as tail_module
from allocation.entrypoints.http.feed.cloud_events import FeedEvent, encoded
from allocation.entrypoints.http.feed.filters import FeedFilter
from allocation.entrypoints.http.feed.open_streams import Streams
from allocation.entrypoints.http.feed.tail import Tail
from allocation.errors import Stopping
from allocation.views import FeedMessage

NOW = "2026-11-26T00:00:00.000000Z"
EVERYTHING = FeedFilter()


def caller(prefix: str, session: str | None = None) -> Caller:
    return Caller(f"key:{prefix}", frozenset({Scope.READ}), prefix, session)


def a_message(seq: int, body: str = '{"sku":"LAMP"}', refusal: str | None = None) -> FeedMessage:
    id = f"m{seq}"
    return FeedMessage(seq, id, "OutOfStock", body, id, None, NOW, refusal, None, "LAMP", "LAMP")


def an_event(seq: int) -> FeedEvent:
    return encoded(a_message(seq), "abc")


def numbers(tail: Tail, after: int, most: int = 100) -> list[int] | None:
    events = tail.after(after, most)
    return None if events is None else [event.seq for event in events]


def test_a_tail_has_the_events_after_a_number_also_over_a_gap() -> None:
    tail = Tail(10)
    tail.append([an_event(n) for n in (11, 12, 15)])
    assert numbers(tail, 10) == [11, 12, 15]
    assert numbers(tail, 13) == [15]
    assert numbers(tail, 15) == []
    assert numbers(tail, 10, most=2) == [11, 12]
    assert tail.end == 15


def test_a_tail_does_not_have_what_came_before_it() -> None:
    assert numbers(Tail(10), 9) is None


def test_the_oldest_events_make_room_and_are_no_longer_had() -> None:
    tail = Tail(0, most_events=3)
    for n in range(1, 8):
        tail.append([an_event(n)])
    assert numbers(tail, 3) is None
    assert numbers(tail, 4) == [5, 6, 7]


def test_large_events_make_room_by_their_size() -> None:
    tail = Tail(0, most_bytes=3 * len(an_event(1).json))
    tail.append([an_event(n) for n in range(1, 5)])
    assert numbers(tail, 0) is None
    assert numbers(tail, 2) == [3, 4]


def test_frames_are_joined_once_for_all_until_there_are_new_events() -> None:
    tail = Tail(0)
    tail.append([an_event(1)])
    first = tail.frames(0, EVERYTHING, 10)
    assert tail.frames(0, EVERYTHING, 10) is first
    tail.append([an_event(2)])
    second = tail.frames(0, EVERYTHING, 10)
    assert second is not None
    assert second.place == 2
    assert second.data.count(b"\n\n") == 2


def test_frames_for_many_places_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_module, "MOST_FRAME_BYTES", 100_000)
    tail = Tail(0)
    tail.append([an_event(n) for n in range(1, 301)])
    tracemalloc.start()
    try:
        for place in range(300):
            assert tail.frames(place, EVERYTHING, 300)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 300_000  # all of them have more than ten million bytes


def test_frames_that_a_filter_leaves_out_are_passed_over() -> None:
    tail = Tail(0)
    tail.append([an_event(1), an_event(2)])
    assert tail.frames(0, FeedFilter(sku="CHAIR"), 10) == (b"", 2)


def test_a_body_with_line_ends_is_one_line_of_the_stream() -> None:
    event = encoded(a_message(1, '{\r\n"sku": "A\\nB"\n}'), "abc")
    assert event.frame.count(b"\n") == 3
    assert msgspec.json.decode(event.json)["data"] == {"sku": "A\nB"}


def test_a_refusal_of_another_version_is_shown_by_its_name() -> None:
    refusal = '{"error":"NotYetInvented","facts":{"sku":"LAMP"}}'
    event = msgspec.json.decode(encoded(a_message(1, refusal=refusal), "abc").json)
    assert event["refusal"] == "NotYetInvented"


LIMITS = LimitSettings(max_streams=3, max_key_streams=2)


def test_a_key_has_its_own_limit_of_streams() -> None:
    streams = Streams(LIMITS, lambda _: True)
    with streams.opened(caller("shop")), streams.opened(caller("shop")):
        with pytest.raises(TooManyKeyStreams), streams.opened(caller("shop")):
            pass
        with streams.opened(OPEN), pytest.raises(TooManyStreams), streams.opened(caller("board")):
            pass
    with streams.opened(caller("shop")):
        assert len(streams) == 1


def test_the_streams_of_a_revoked_key_end_and_the_others_go_on() -> None:
    streams = Streams(LIMITS, lambda _: True)
    with streams.opened(caller("revoked")) as revoked, streams.opened(caller("shop")) as other:
        streams.close_of({"revoked"})
        assert (revoked.is_closed, other.is_closed) == (True, False)


def test_a_server_that_stops_ends_its_streams_and_opens_no_more() -> None:
    streams = Streams(LIMITS, lambda _: True)
    with streams.opened(caller("shop")) as stream:
        streams.close_all()
        assert stream.is_closed
    with pytest.raises(Stopping), streams.opened(caller("shop")):
        pass


async def test_a_stream_sleeps_until_it_is_woken_and_no_longer_once_it_is_closed() -> None:
    streams = Streams(LIMITS, lambda _: True)
    with streams.opened(caller("shop")) as stream:
        sleeping = asyncio.create_task(stream.sleep(60))
        await asyncio.sleep(0)
        streams.wake_all()
        await sleeping
        stream.close()
        await stream.sleep(60)
        await stream.sleep(60)


def test_no_stream_opens_with_a_key_that_has_ended_since_its_request_was_admitted() -> None:
    streams = Streams(LIMITS, lambda each: each.prefix != "revoked")
    with pytest.raises(InvalidKey), streams.opened(caller("revoked")):
        pass
    assert len(streams) == 0


def test_the_streams_of_a_session_end_with_it_and_others_of_its_key_go_on() -> None:
    streams = Streams(LIMITS, lambda _: True)
    with (
        streams.opened(caller("shop", "ended")) as ended,
        streams.opened(caller("shop")) as other,
    ):
        streams.close_of({"ended"})
        assert (ended.is_closed, other.is_closed) == (True, False)
