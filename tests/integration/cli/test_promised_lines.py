"""`allocation show batch`: a batch, and the order lines that are promised from it."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.files import a_file


@pytest.fixture
def promised(stocked: Run, tmp_path: Path) -> Run:
    """A shipment of ten lamps is promised to o2 and o1, delayed, and then promised to o3."""
    stocked("cancel-batch", "b1")
    stocked("import", "orders", a_file(tmp_path, "o2,LAMP,2", "o1,LAMP,3"))
    assert stocked("set-eta", "b2", "2040-01-01").returncode == 0
    stocked("send", "AllocationRequired", "orderid=o3", "sku=LAMP", "qty=1")
    return stocked


def test_a_batch_is_shown_with_its_lines_in_the_order_of_allocation(promised: Run) -> None:
    assert promised("show", "batch", "b2").stdout.splitlines() == [
        "b2: LAMP",
        "batch  eta         purchased  allocated  available  announced for",
        "b2     2040-01-01         10          6          4  2030-01-01   ",
        "order  qty  first promised  late",
        "o2       2  2030-01-01      late",
        "o1       3  2030-01-01      late",
        "o3       1  2040-01-01          ",
    ]


def test_the_last_line_of_a_batch_is_the_first_to_lose_its_units(promised: Run) -> None:
    last = promised("show", "batch", "b2").stdout.splitlines()[-1].split()[0]
    moved = promised("set-quantity", "b2", "5").stdout.splitlines()[-1]
    assert (moved.split()[0], last) == ("o3", "o3")


def test_a_page_of_a_batch_names_the_next_one(promised: Run) -> None:
    *first, more = promised("show", "batch", "b2", "--limit", "1").stdout.splitlines()
    assert more.strip().startswith("for the next page: --after ")
    rest = promised("show", "batch", "b2", "--after", more.split()[-1]).stdout.splitlines()
    assert first + rest[4:] == promised("show", "batch", "b2").stdout.splitlines()


def test_a_received_part_names_its_shipment(promised: Run) -> None:
    promised("receive", "b2", "2", "--as", "b2/a")
    title, _, batch, *_ = promised("show", "batch", "b2/a").stdout.splitlines()
    assert title == "b2/a: LAMP, received from b2"
    assert batch.split() == ["b2/a", "in", "stock", "2", "2", "0"]


def test_a_batch_from_which_nothing_is_promised_says_so(stocked: Run) -> None:
    last = stocked("show", "batch", "b1").stdout.splitlines()[-1]
    assert last == "No order line is promised from it."


def test_a_page_after_the_last_line_of_a_batch_says_so(promised: Run) -> None:
    last = promised("show", "batch", "b2", "--after", "99").stdout.splitlines()[-1]
    assert last == "No other order line is promised from it."


@pytest.mark.parametrize(
    ("option", "value"),
    [("--after", "x"), ("--after", "-1"), ("--after", "9" * 30), ("--limit", "0")],
)
def test_a_page_of_a_batch_that_cannot_be_ends_with_2(
    stocked: Run, option: str, value: str
) -> None:
    ended = stocked("show", "batch", "b1", option, value)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert option in ended.stderr


@pytest.mark.parametrize(
    ("ref", "shown"), [("b9", "b9"), ("[red]x", "[red]x"), ("a\x00b", r"a\x00b")]
)
def test_an_unknown_batch_ends_with_1(stocked: Run, ref: str, shown: str) -> None:
    ended = stocked("show", "batch", ref)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"error: Unknown batch {shown}\n"
