"""The lines of a product: what is on record, with what has changed laid over it.

That both together are what the design says is shown by the histories of
tests/contract/test_stock.py, in which processes keep products while others change them.
"""

from collections.abc import Iterator

from allocation.domain.order_line import Part, Parts
from allocation.domain.order_lines import OrderLines
from allocation.domain.stored_lines import LargestRoom
from allocation.domain.validation import LARGEST_QUANTITY
from tests.support.builders import a_line
from tests.support.parts import a_part, backorder
from tests.support.recorded_lines import RecordedLines


def promised(orderid: str, number: int, batchref: str = "batch-1") -> Part:
    return a_part(a_line(orderid), number, batchref, number)


def waiting(orderid: str, position: int, qty: int = 10) -> Part:
    return a_part(a_line(orderid, qty), position)


def queue(lines: OrderLines, largest: int = LARGEST_QUANTITY) -> list[str]:
    return [part.line.orderid for part in lines.waiting(lambda: largest)]


def newest(lines: OrderLines, batchref: str = "batch-1") -> str | None:
    part = lines.first_to_release(batchref)
    return part.line.orderid if part else None


def test_a_line_keeps_its_position_and_has_a_new_number_with_each_promise() -> None:
    lines = OrderLines(last_number=4)
    for orderid in ("a", "b"):
        lines.allocate(a_line(orderid), "batch-1")
    backorder(lines, a_line("a"))
    assert lines.find("a") == (a_part(a_line("a"), 5),)
    lines.allocate(a_line("a"), "batch-1")
    assert lines.find("a") == (a_part(a_line("a"), 5, "batch-1", 7),)
    assert lines.find("b") == (a_part(a_line("b"), 6, "batch-1", 6),)
    assert newest(lines) == "a"


def test_lines_on_record_are_found_and_looked_up_once() -> None:
    stored = RecordedLines([promised("a", 1)])
    lines = OrderLines(stored, last_number=1)
    for _ in range(2):
        assert (lines.find("a"), lines.find("unknown")) == ((promised("a", 1),), ())
    assert stored.read == 2


def test_the_record_and_the_changes_are_read_as_one() -> None:
    stored = RecordedLines([waiting("a", 1), promised("b", 2), promised("c", 3), waiting("d", 4)])
    lines = OrderLines(stored, last_number=4)
    backorder(lines, a_line("e"))
    assert (newest(lines), queue(lines)) == ("c", ["a", "d", "e"])
    backorder(lines, a_line("c"))
    assert (newest(lines), queue(lines)) == ("b", ["a", "c", "d", "e"])
    lines.allocate(a_line("c"), "batch-2")
    lines.allocate(a_line("a"), "batch-1")
    assert (newest(lines), newest(lines, "batch-2"), queue(lines)) == ("a", "c", ["d", "e"])


def test_many_lines_that_are_too_large_are_passed_over_together() -> None:
    lines, asked = OrderLines(), list[int]()
    for n in range(1000):
        backorder(lines, a_line(f"large-{n}", 10))

    def largest() -> int:
        asked.append(9)
        return 9

    assert list(lines.waiting(largest)) == []
    assert len(asked) <= 3


def test_the_largest_room_is_checked_again_for_every_line() -> None:
    lines = OrderLines(RecordedLines([waiting("a", 1, qty=5), waiting("b", 2, qty=5)]))
    rooms = [5]
    served = lines.waiting(lambda: rooms[-1])
    assert next(served).line.orderid == "a"
    rooms.append(0)
    assert list(served) == []


def test_stored_lines_are_read_only_as_far_as_needed() -> None:
    recorded = [promised(f"p{n}", n) for n in range(1, 1001)]
    stored = RecordedLines([*recorded, *(waiting(f"w{n}", n) for n in range(1001, 2001))])
    lines = OrderLines(stored, last_number=2000)
    lines.first_to_release("batch-1")
    next(lines.waiting(lambda: 10))
    assert stored.read <= 3


def test_that_no_stored_line_can_use_a_room_is_remembered_until_all_is_stored() -> None:
    asked: list[int] = []

    class Stored(RecordedLines):
        def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Parts]:
            asked.append(largest())
            return super().waiting(largest, after)

    lines = OrderLines(Stored([waiting("w", 1, qty=10)]), last_number=1)
    for room in (9, 5, 9, 10, 9):
        assert queue(lines, room) == ["w"] * (room == 10)
    assert asked == [9, 10]
    lines.forget()
    assert queue(lines, 5) == []
    assert asked == [9, 10, 5]


def test_each_change_is_returned_once_in_its_current_state() -> None:
    lines = OrderLines(changed={("z", ""): (waiting("z", 9),)})
    backorder(lines, a_line("a"))
    lines.allocate(a_line("a"), "batch-1")
    backorder(lines, a_line("b"))
    expected = [(a_part(a_line("a"), 1, "batch-1", 2),), (waiting("b", 3),)]
    assert [*lines.take_changes()[0].values()] == expected
    assert lines.take_changes() == ({}, {})
    assert queue(lines) == ["b", "z"]
