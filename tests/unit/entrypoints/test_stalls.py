"""Stalls: bytes that come, or are read, too slowly."""

from allocation.entrypoints.http.stalls import Stalls


def test_a_body_that_comes_fast_enough_is_no_stall() -> None:
    stalls = Stalls()
    stalls.begin(0, 0)
    assert not any(
        stalls.sends_too_slowly(t, received=100 * t, rate=100, over=10) for t in range(60)
    )


def test_an_earlier_fast_part_does_not_count() -> None:
    stalls = Stalls()
    stalls.begin(0, 0)
    slow = [stalls.sends_too_slowly(t, received=10**9, rate=100, over=10) for t in range(1, 30)]
    assert slow.index(True) + 1 == 20, "ten seconds after the ten in which it came"


def test_an_answer_that_is_read_is_no_stall() -> None:
    stalls = Stalls()
    assert not any(
        stalls.reads_too_slowly(t, unread=10_000 - 100 * t, rate=100, over=10) for t in range(60)
    )


def test_an_answer_that_is_not_read_is_one() -> None:
    stalls = Stalls()
    slow = [stalls.reads_too_slowly(t, unread=10_000, rate=100, over=10) for t in range(30)]
    assert slow.index(True) == 10


def test_the_next_answer_is_measured_from_its_own_start() -> None:
    stalls = Stalls()
    slow = [
        stalls.reads_too_slowly(t, unread=10_000 if t < 8 else 20_000, rate=100, over=10)
        for t in range(30)
    ]
    assert slow.index(True) == 18


def test_an_answer_that_was_read_is_no_stall() -> None:
    stalls = Stalls()
    assert not any(stalls.reads_too_slowly(t, unread=0, rate=100, over=10) for t in range(60))


def test_a_stream_that_is_read_and_refilled_is_no_stall() -> None:
    stalls = Stalls()
    assert not any(
        stalls.reads_too_slowly(
            t, unread=60_000 - t % 3, rate=100, over=10, streamed=60_000 + 1_000 * t
        )
        for t in range(60)
    )


def test_a_stream_that_is_not_read_is_one() -> None:
    stalls = Stalls()
    slow = [
        stalls.reads_too_slowly(t, unread=60_000, rate=100, over=10, streamed=90_000)
        for t in range(30)
    ]
    assert slow.index(True) == 10
