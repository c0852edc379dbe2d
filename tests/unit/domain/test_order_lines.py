"""The lines of a product: what is on record, with what has changed laid over it."""

from allocation.domain.order_line import Allocation
from allocation.domain.order_lines import OrderLines
from allocation.domain.validation import LARGEST_QUANTITY
from tests.support.builders import a_line
from tests.support.recorded_lines import RecordedLines


def promised(orderid: str, number: int, batchref: str = "batch-1") -> Allocation:
    return Allocation(a_line(orderid), number, batchref, number)


def waiting(orderid: str, position: int, qty: int = 10) -> Allocation:
    return Allocation(a_line(orderid, qty), position)


def queue(book: OrderLines, largest: int = LARGEST_QUANTITY) -> list[str]:
    return [allocation.line.orderid for allocation in book.waiting(lambda: largest)]


def newest(book: OrderLines, batchref: str = "batch-1") -> str | None:
    allocation = book.first_to_release(batchref)
    return allocation.line.orderid if allocation else None


def test_an_empty_book_knows_no_line() -> None:
    book = OrderLines()
    assert book.find("a") is None
    assert book.first_to_release("batch-1") is None
    assert queue(book) == []


def test_a_promised_line_stands_on_its_batch() -> None:
    book = OrderLines()
    book.allocate(a_line("a"), "batch-1")
    assert book.find("a") == Allocation(a_line("a"), 1, "batch-1", 1)


def test_a_waiting_line_stands_behind_all_others() -> None:
    book = OrderLines(last_number=7)
    book.backorder(a_line("a"))
    book.backorder(a_line("b"))
    assert queue(book) == ["a", "b"]
    assert book.find("b") == Allocation(a_line("b"), 9)


def test_a_line_keeps_its_position_through_promise_and_deallocation() -> None:
    book = OrderLines()
    for orderid in ["a", "b", "c"]:
        book.backorder(a_line(orderid))
    book.allocate(a_line("a"), "batch-1")
    assert queue(book) == ["b", "c"]
    book.backorder(a_line("a"))
    assert queue(book) == ["a", "b", "c"]


def test_every_promise_has_a_higher_number_than_those_before() -> None:
    book = OrderLines(last_number=4)
    book.allocate(a_line("a"), "batch-1")
    book.allocate(a_line("b"), "batch-1")
    book.backorder(a_line("a"))
    book.allocate(a_line("a"), "batch-1")
    a, b = book.find("a"), book.find("b")
    assert a is not None
    assert b is not None
    assert (a.position, a.allocation_number) == (5, 7)
    assert (b.position, b.allocation_number) == (6, 6)
    assert newest(book) == "a"


def test_lines_on_record_are_found_and_looked_up_once() -> None:
    stored = RecordedLines([promised("a", 1)])
    book = OrderLines(stored, last_number=1)
    assert book.find("a") == promised("a", 1)
    assert book.find("unknown") is None
    assert (book.find("a"), book.find("unknown"), stored.read) == (promised("a", 1), None, 2)


def test_the_newest_promise_on_record_comes_first() -> None:
    stored = RecordedLines([promised("a", 1), promised("c", 3), promised("b", 2)])
    book = OrderLines(stored, last_number=3)
    losers = []
    while (allocation := book.first_to_release("batch-1")) is not None:
        losers.append(allocation.line.orderid)
        book.backorder(allocation.line)
    assert losers == ["c", "b", "a"]
    assert queue(book) == ["a", "b", "c"]


def test_a_promise_made_since_is_newer_than_every_one_on_record() -> None:
    book = OrderLines(RecordedLines([promised("a", 1), promised("b", 2)]), last_number=2)
    assert newest(book) == "b"
    book.allocate(a_line("c"), "batch-1")
    assert newest(book) == "c"
    book.backorder(a_line("c"))
    assert newest(book) == "b"


def test_a_line_that_moved_to_another_batch_is_the_newest_there_and_gone_from_here() -> None:
    book = OrderLines(RecordedLines([promised("a", 1), promised("b", 2)]), last_number=2)
    book.backorder(a_line("b"))
    book.allocate(a_line("b"), "batch-2")
    assert newest(book, "batch-1") == "a"
    assert newest(book, "batch-2") == "b"


def test_the_queue_on_record_and_the_new_one_are_read_as_one() -> None:
    stored = RecordedLines([waiting("a", 1), promised("b", 2), waiting("c", 3)])
    book = OrderLines(stored, last_number=3)
    book.backorder(a_line("d"))
    book.backorder(a_line("b"))
    assert queue(book) == ["a", "b", "c", "d"]
    book.allocate(a_line("a"), "batch-1")
    assert queue(book) == ["b", "c", "d"]


def test_lines_that_are_too_large_are_passed_over() -> None:
    book = OrderLines(
        RecordedLines([waiting("a", 1, qty=9), waiting("b", 2, qty=3)]), last_number=2
    )
    book.backorder(a_line("c", qty=5))
    assert queue(book, largest=5) == ["b", "c"]


def test_many_lines_that_are_too_large_are_passed_over_together() -> None:
    book, asked = OrderLines(), list[int]()
    for n in range(1000):
        book.backorder(a_line(f"large-{n}", 10))

    def largest() -> int:
        asked.append(9)
        return 9

    assert list(book.waiting(largest)) == []
    assert len(asked) == 1


def test_what_is_too_large_is_asked_anew_for_every_line() -> None:
    book = OrderLines(
        RecordedLines([waiting("a", 1, qty=5), waiting("b", 2, qty=5)]), last_number=2
    )
    rooms = [5]
    served = book.waiting(lambda: rooms[-1])
    assert next(served).line.orderid == "a"
    rooms.append(0)
    assert list(served) == []


def test_the_record_is_read_only_as_far_as_it_is_asked_for() -> None:
    lines = [promised(f"p{n}", n) for n in range(1, 1001)]
    stored = RecordedLines([*lines, *(waiting(f"w{n}", n) for n in range(1001, 2001))])
    book = OrderLines(stored, last_number=2000)
    book.first_to_release("batch-1")
    next(book.waiting(lambda: 10))
    assert stored.read <= 3


def test_changes_are_given_once_each_as_it_is_now() -> None:
    book = OrderLines()
    book.backorder(a_line("a"))
    book.allocate(a_line("a"), "batch-1")
    book.backorder(a_line("b"))
    assert book.take_changes() == [Allocation(a_line("a"), 1, "batch-1", 2), waiting("b", 3)]
    assert book.take_changes() == []
    assert queue(book) == ["b"]


def test_what_had_changed_before_may_be_laid_over_a_record() -> None:
    stored = RecordedLines([promised("a", 1), waiting("b", 2)])
    changed = {"b": Allocation(a_line("b"), 2, "batch-1", 4), "a": waiting("a", 1)}
    book = OrderLines(stored, last_number=4, changed=changed)
    assert newest(book) == "b"
    assert queue(book) == ["a"]
    assert book.take_changes() == []


def test_a_book_takes_in_the_promises_of_another_in_their_order() -> None:
    book, other = OrderLines(), OrderLines()
    book.allocate(a_line("a"), "batch-1")
    for orderid in ["c", "b"]:
        other.allocate(a_line(orderid), "batch-2")
    book.include(other)
    assert newest(book, "batch-2") == "b"
    book.backorder(a_line("b"))
    assert newest(book, "batch-2") == "c"


def test_a_book_takes_in_the_waiting_lines_of_another_too() -> None:
    book, other = OrderLines(), OrderLines()
    other.backorder(a_line("a"))
    book.include(other)
    assert queue(book) == ["a"]
