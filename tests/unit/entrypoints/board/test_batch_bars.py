"""Bars of batches tell which order lines they are filled with."""

from datetime import date

from allocation.entrypoints.board.batch_bars import LINES, bars
from allocation.views import BatchView, PromisedUnits

TODAY = date(2026, 12, 1)


def a_batch(ref: str, qty: int, allocated: int, eta: date | None = None) -> BatchView:
    return BatchView(ref, "available", eta, eta, qty, allocated, qty - allocated, 0)


def lines(*quantities: int) -> list[PromisedUnits]:
    return [PromisedUnits("b1", f"o{n}", qty) for n, qty in enumerate(quantities)]


def test_the_longest_batch_sets_the_scale() -> None:
    shown, scale_end = bars([(a_batch("b1", 50, 0), ()), (a_batch("b2", 200, 0), ())], TODAY)

    assert scale_end == 200
    assert [bar.width for bar in shown] == [25, 100]


def test_each_line_is_a_segment_next_to_the_one_before() -> None:
    [bar], _ = bars([(a_batch("b1", 100, 30), lines(10, 20))], TODAY)

    assert [(segment.x, segment.width) for segment in bar.segments] == [(0, 10), (10, 20)]
    assert [segment.label for segment in bar.segments] == ["o0: 10 units", "o1: 20 units"]
    assert bar.joined == ""


def test_lines_that_are_too_narrow_are_joined() -> None:
    [bar], _ = bars([(a_batch("b1", 1000, 22), lines(20, 1, 1))], TODAY)

    assert [segment.width for segment in bar.segments] == [2, 0.2]
    assert bar.joined == "+2 lines"


def test_wide_lines_after_a_narrow_one_have_segments_of_their_own() -> None:
    [bar], _ = bars([(a_batch("b1", 1000, 701), lines(1, 400, 300))], TODAY)

    assert [(segment.x, segment.width) for segment in bar.segments] == [
        (0, 40),
        (40, 30),
        (70, 0.1),
    ]
    assert [segment.label for segment in bar.segments][1:] == [
        *("o2: 300 units", "1 unit of other order lines")
    ]
    assert bar.joined == "+1 line"


def test_a_bar_counts_narrow_lines_up_to_the_number_that_is_read() -> None:
    [whole], _ = bars([(a_batch("b1", 9000, LINES), lines(*[1] * LINES))], TODAY)
    [more], _ = bars([(a_batch("b1", 9000, 5000), lines(*[1] * (LINES + 1)))], TODAY)

    assert whole.joined == "+60 lines"
    assert more.joined == "at least 61 more lines"


def test_a_bar_of_wide_lines_says_that_there_are_more() -> None:
    [bar], _ = bars([(a_batch("b1", 100, 90), lines(*[1] * (LINES + 1)))], TODAY)

    assert len(bar.segments) == LINES + 1
    assert bar.segments[-1].label == "30 units of other order lines"
    assert bar.joined == "at least 1 more line"


def test_an_overdue_batch_says_so_in_words() -> None:
    [bar], _ = bars([(a_batch("b1", 10, 4, date(2026, 11, 28)), lines(4))], TODAY)

    assert bar.overdue
    assert bar.text == "b1, overdue: 4 of 10 units promised, 6 free"


def test_without_units_there_is_no_bar() -> None:
    assert bars([], TODAY) == ([], 0)
