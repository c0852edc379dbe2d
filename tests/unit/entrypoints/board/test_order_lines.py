"""The lines of an order in words: what has become of them, and how late they come."""

from datetime import date

import pytest

from allocation.entrypoints.board.formats import lateness
from allocation.entrypoints.board.order_lines import shown_lines, status_of
from allocation.views import LineView

TODAY = date(2030, 1, 10)


def part(status: str = "allocated", qty: int = 1, **other: object) -> LineView:
    """A part of a line; what a test does not name is unremarkable."""
    usual = {"sku": "LAMP", "line": "", "batchref": None, "eta": None, "first_promised": None}
    fields = {"orderid": "o1", "required_by": None, **usual, **other}
    return LineView(qty=qty, status=status, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("eta", "due", "words"),
    [
        (None, date(2030, 1, 1), ""),
        (date(2030, 1, 12), None, ""),
        (date(2030, 1, 12), date(2030, 1, 12), ""),
        (date(2030, 1, 12), date(2030, 1, 11), "1 day late"),
        (date(2030, 1, 9), date(2030, 1, 7), "3 days late so far"),
        (date(2030, 1, 9), None, "late"),
        (date(2030, 1, 9), date(2030, 1, 12), "late"),
    ],
)
def test_lateness_is_told_in_days(eta: date | None, due: date | None, words: str) -> None:
    assert lateness(eta, due, TODAY) == words


def test_a_part_misses_the_earlier_one_of_its_days() -> None:
    needed, promised = date(2030, 1, 15), date(2030, 1, 14)
    late = part(eta=date(2030, 1, 16), required_by=needed, first_promised=promised)
    [line] = shown_lines([late], TODAY)
    assert line.parts[0].lateness == "2 days late"


def test_a_part_that_has_left_is_not_late() -> None:
    [line] = shown_lines([part("shipped", eta=date(2030, 1, 1))], TODAY)
    assert line.parts[0].lateness == ""


def test_the_parts_of_a_line_belong_together() -> None:
    parts = [part(line="", qty=2), part("waiting", qty=3), part("cancelled", 4, line="second")]
    first, second = shown_lines(parts, TODAY)
    assert (first.ordered, first.open, first.in_stock, first.shipped) == (5, 5, 2, 0)
    assert (second.line, second.ordered, second.open) == ("second", 0, 0)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([("allocated", 2), ("waiting", 1)], "Open, 3 units: 1 waiting, 2 promised."),
        ([("allocated", 1), ("shipped", 1)], "Open, 2 units: 1 promised, 1 shipped."),
        ([("shipped", 2)], "All units are shipped."),
        ([("cancelled", 2)], "All units are cancelled."),
        ([("shipped", 2), ("cancelled", 1)], "Closed: 2 units shipped, 1 unit cancelled."),
    ],
)
def test_the_status_of_an_order_is_a_sentence(parts: list[tuple[str, int]], words: str) -> None:
    assert status_of(shown_lines([part(*each) for each in parts], TODAY)) == words
