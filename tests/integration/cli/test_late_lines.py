"""`allocation list late`: the order lines that are late."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.files import a_file


@pytest.fixture
def delayed(stocked: Run, tmp_path: Path) -> Run:
    """A shipment of ten lamps is promised to o1 and o2, and delayed."""
    stocked("cancel-batch", "b1")
    stocked("import", "orders", a_file(tmp_path, "o1,LAMP,2", "o2,LAMP,3"))
    assert stocked("set-eta", "b2", "2040-01-01").returncode == 0
    return stocked


def test_a_late_line_is_listed_with_its_dates(delayed: Run) -> None:
    assert delayed("list", "late").stdout.splitlines() == [
        "order  sku   qty  batch  eta         first promised",
        "o1     LAMP    2  b2     2040-01-01  2030-01-01    ",
        "o2     LAMP    3  b2     2040-01-01  2030-01-01    ",
    ]
    assert delayed("list", "late", "--sku", "LAMP").stdout == delayed("list", "late").stdout


def test_a_page_names_the_next_one(delayed: Run) -> None:
    *first, more = delayed("list", "late", "--limit", "1").stdout.splitlines()
    assert more.strip().startswith("for the next page: --after ")
    rest = delayed("list", "late", "--after", more.split()[-1])
    assert first + rest.stdout.splitlines()[1:] == delayed("list", "late").stdout.splitlines()


def test_an_overdue_shipment_is_marked(stocked: Run) -> None:
    stocked("send", "BatchCreated", "ref=b3", "sku=SOFA", "qty=5", "eta=2001-01-01")
    stocked(
        "send", "AllocationRequired", "orderid=o3", "sku=SOFA", "qty=5", "required_by=2040-01-01"
    )
    shown = stocked("list", "late").stdout.splitlines()
    assert [line.split()[4:6] for line in shown] == [["eta", "overdue"], ["2001-01-01", "yes"]]


def test_a_shop_in_which_nothing_is_late_says_so(stocked: Run) -> None:
    assert stocked("list", "late").stdout == "No order line is late.\n"


def test_a_wrong_cursor_ends_with_2(delayed: Run) -> None:
    ended = delayed("list", "late", "--after", "x")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: after 'x' is not a cursor")
