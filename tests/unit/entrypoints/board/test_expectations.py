"""What a waiting line can expect of batches that are blocked."""

from allocation.entrypoints.board.expectations import expectations
from allocation.views import BatchView, LineView


def a_line(orderid: str, qty: int) -> LineView:
    return LineView(orderid, "LAMP", "", qty, None, "waiting", None, None, None)


def a_batch(ref: str, free: int, *, blocked: bool = True) -> BatchView:
    quantities = (0, free) if blocked else (free, 0)
    return BatchView(ref, "blocked" if blocked else "available", None, None, free, 0, *quantities)


def served(lines: list[LineView], batches: list[BatchView]) -> list[str | None]:
    return [each.batch.batchref if each.batch else None for each in expectations(lines, batches)]


def test_a_line_expects_nothing_if_no_batch_is_blocked() -> None:
    assert served([a_line("o1", 1)], [a_batch("b1", 5, blocked=False)]) == [None]


def test_the_oldest_lines_are_served_first_while_units_last() -> None:
    lines = [a_line("o1", 4), a_line("o2", 3), a_line("o3", 2)]

    assert served(lines, [a_batch("b1", 6)]) == ["b1", None, "b1"]


def test_the_preferred_batch_with_room_serves_a_line() -> None:
    assert served([a_line("o1", 4)], [a_batch("b1", 3), a_batch("b2", 9)]) == ["b2"]
