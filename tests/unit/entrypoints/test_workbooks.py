"""A workbook reads back as the table that was written, or is refused."""

from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation.entrypoints.table_files.layout import UnreadableFile
from tests.support.table_files import Sheet, a_workbook, batches_in, rows_in

HEADER = ("ref", "sku", "qty", "eta")
NAMES = (
    st.text(st.sampled_from("aZ09 ,;|'\"-/.=äÖß€é"), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda name: name and not name.startswith("="))
)
ROWS = st.lists(
    st.tuples(
        NAMES,
        NAMES,
        st.integers(1, 10**9),
        st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    ),
    max_size=6,
)


@given(
    table=ROWS,
    first_row=st.integers(0, 3),
    first_column=st.integers(0, 3),
    is_1904=st.booleans(),
    blank_rows=st.booleans(),
)
def test_a_workbook_reads_back_as_the_same_table(
    table: list[tuple[str, str, int, date | None]],
    first_row: int,
    first_column: int,
    is_1904: bool,
    blank_rows: bool,
) -> None:
    rows: list[Any] = [row for each in table for row in ([each, ()] if blank_rows else [each])]
    sheet = Sheet([HEADER, *rows], first_row=first_row, first_column=first_column)
    content = a_workbook(sheet, date_1904=is_1904)

    assert batches_in(content) == table


def test_row_numbers_are_those_of_the_sheet() -> None:
    content = a_workbook(Sheet([HEADER, ("b1", "LAMP", 1), (), ("b2", "LAMP", 0)], first_row=4))
    assert [row.number for row in rows_in(content)] == [6, 8]


ROW = ("b1", "LAMP", 12, date(2027, 3, 1))
OTHER = ("b2", "LAMP", 5)
"""A row that is taken whatever becomes of the first."""


def formatted(form: str, row: int, column: int, value: Any) -> Any:
    """Writes a value in a number format."""

    def fill(workbook: Any, sheet: Any) -> None:
        sheet.write(row, column, value, workbook.add_format({"num_format": form}))

    return fill


def formula(row: int, column: int, result: Any) -> Any:
    """Writes a formula with its result."""
    return lambda _, sheet: sheet.write_formula(row, column, "=A1", None, result)


@pytest.mark.parametrize(
    ("fill", "reason"),
    [
        (formula(1, 2, "#DIV/0!"), "qty '#DIV/0!' is an error of the spreadsheet"),
        (formula(1, 3, ""), "eta '#N/A' is a formula without a result"),
        (formula(1, 2, 0), "qty '#N/A' is a formula without a result"),
        (formatted("0%", 1, 2, 12), "qty '12' is a percentage"),
        (formatted('#,##0,"k"', 1, 2, 12500), "qty '12500' is shown in thousands"),
        (formatted('0.0,,\\M;-0.0,,"M"', 1, 2, 1_250_000), "qty '1250000' is shown in thousands"),
        (formatted("0", 1, 2, 12.5), "qty '12.5' is not a whole number"),
        (formatted("dd.mm.yyyy", 1, 2, 12), "qty '1900-01-12' is a date in the workbook"),
        (formatted("0;(0)", 1, 2, -12), "qty -12 is less than 1"),
        (formatted("General", 1, 2, True), "qty 'yes' is a truth value in the workbook"),
        (formatted("General", 1, 2, "1.250"), r"qty '1.250' is 1250 \(--decimal ,\) or 1.25"),
        (formatted("General", 1, 3, 46082), "eta '46082' is a number in the workbook"),
        (formatted("dd.mm.yyyy hh:mm", 1, 3, 46082.5), "eta '2026-03-01 12:00:00' has a time"),
        (formatted("hh:mm", 1, 3, 0.5), "eta '12:00:00' is a time in the workbook"),
        (formatted("00000", 1, 0, 123), "ref '123' is shown in the number format 00000"),
        (formatted("#,##0", 1, 0, 1234), "ref '1234' is shown in the number format #,##0"),
        (formatted("General", 1, 0, 1.5), "ref '1.5' is a number that may be shown otherwise"),
        (formatted("General", 1, 0, 1e17), "is a number that may be shown otherwise"),
        (formatted("dd.mm.yyyy", 1, 0, 46082), "ref '2026-03-01' is a date in the workbook"),
        (formatted("General", 1, 0, True), "ref 'yes' is a truth value in the workbook"),
        (formatted("General", 1, 0, "#N/A"), "ref '#N/A' is an error of the spreadsheet"),
    ],
)
def test_a_cell_that_is_not_what_it_looks_like_refuses_its_row(fill: Any, reason: str) -> None:
    content = a_workbook(Sheet([HEADER, ROW, OTHER], fill=fill))
    [refused, batch] = batches_in(content)
    assert isinstance(refused, str)
    with pytest.raises(ValueError, match=reason):
        raise ValueError(refused)
    assert batch == ("b2", "LAMP", 5, None)


@pytest.mark.parametrize(
    ("fill", "batch"),
    [
        (formula(1, 2, 7), ("b1", "LAMP", 7, date(2027, 3, 1))),
        (formula(1, 0, "b9"), ("b9", "LAMP", 12, date(2027, 3, 1))),
        (formatted("#,##0", 1, 2, 1250), ("b1", "LAMP", 1250, date(2027, 3, 1))),
        (formatted('#,##0", "', 1, 2, 1250), ("b1", "LAMP", 1250, date(2027, 3, 1))),
        (lambda _, sheet: sheet.set_column("E:F", None, None, {"hidden": True}), None),
        (formatted("General", 1, 0, 123), ("123", "LAMP", 12, date(2027, 3, 1))),
        (formatted("@", 1, 0, "00123"), ("00123", "LAMP", 12, date(2027, 3, 1))),
        (formatted("General", 1, 3, "31.12.2026"), ("b1", "LAMP", 12, date(2026, 12, 31))),
        (formatted("dd.mm.yyyy", 1, 3, datetime(2027, 1, 2)), ("b1", "LAMP", 12, date(2027, 1, 2))),
        (lambda _, sheet: sheet.merge_range("A1:B1", "x") or sheet.write_row(0, 0, HEADER), None),
        (lambda _, sheet: sheet.write(1, 9, "=1/0"), None),
    ],
)
def test_a_cell_that_can_be_read_in_one_way_is_taken(fill: Any, batch: Any) -> None:
    content = a_workbook(Sheet([HEADER, ROW], fill=fill))
    assert batches_in(content) == [batch or ("b1", "LAMP", 12, date(2027, 3, 1))]


def hidden_row(_: Any, sheet: Any) -> None:
    sheet.set_row(2, None, None, {"hidden": True})


def hidden_columns(_: Any, sheet: Any) -> None:
    sheet.set_column("C:D", None, None, {"hidden": True})


def column_of_no_width(_: Any, sheet: Any) -> None:
    sheet.set_column("B:B", 0)


def merged(_: Any, sheet: Any) -> None:
    sheet.merge_range("D2:D3", "2027-01-01")


def far_away(_: Any, sheet: Any) -> None:
    sheet.write(1_048_575, 16_383, "x")


@pytest.mark.parametrize(
    ("fill", "reason"),
    [
        (hidden_row, "has hidden rows: 3. Show them, or delete them"),
        (hidden_columns, "has hidden columns that are read: C, D. Show them, and save"),
        (column_of_no_width, "has hidden columns that are read: B. Show them, and save"),
        (merged, "has merged cells, of which all but one are empty: D2:D3"),
        (far_away, "has values as far as XFD1048576"),
    ],
)
def test_a_sheet_that_is_not_what_it_looks_like_is_refused(fill: Any, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        batches_in(a_workbook(Sheet([HEADER, ROW, OTHER], fill=fill)))


def test_a_row_without_height_is_a_hidden_row() -> None:
    sheet = Sheet([HEADER, ROW, OTHER], fill=lambda _, sheet: sheet.set_row(2, 7.5))
    content = BytesIO()
    with ZipFile(BytesIO(a_workbook(sheet))) as written, ZipFile(content, "w") as changed:
        for name in written.namelist():
            changed.writestr(name, written.read(name).replace(b'ht="7.5"', b'ht="0"'))
    with pytest.raises(UnreadableFile, match="has hidden rows: 3"):
        batches_in(content.getvalue())


def test_several_sheets_with_values_need_a_name() -> None:
    content = a_workbook(Sheet([HEADER, ROW], "A"), Sheet([HEADER, OTHER], "B"), Sheet([], "C"))
    with pytest.raises(UnreadableFile, match="has several sheets: say --sheet NAME: A, B"):
        batches_in(content)
    assert batches_in(content, sheet="B") == [("b2", "LAMP", 5, None)]
    with pytest.raises(UnreadableFile, match="has no sheet 'D'; it has: A, B, C"):
        batches_in(content, sheet="D")
    with pytest.raises(UnreadableFile, match="has nothing in its sheet 'C'"):
        batches_in(content, sheet="C")


def test_a_hidden_sheet_is_read_only_if_it_is_named() -> None:
    hidden = Sheet([HEADER, OTHER], "H", fill=lambda _, sheet: sheet.hide())
    both = a_workbook(Sheet([HEADER, ROW], "A"), hidden)
    assert batches_in(both) == [ROW]
    alone = a_workbook(Sheet([], "A"), hidden)
    with pytest.raises(UnreadableFile, match="only hidden sheets with values: say --sheet NAME: H"):
        batches_in(alone)
    assert len(batches_in(alone, sheet="H")) == 1


def test_a_title_above_the_header_is_passed_over_if_that_is_said() -> None:
    content = a_workbook(Sheet([("Stock",), (), HEADER, ROW]))
    with pytest.raises(UnreadableFile, match="Row 3 looks like the header: --header-row 3"):
        batches_in(content)
    assert batches_in(content, header_row=3) == [ROW]
    with pytest.raises(
        UnreadableFile, match="has no columns 'ref', 'sku', 'qty'; it has: b1, LAMP"
    ):
        batches_in(content, header_row=4)


def test_an_empty_workbook_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="is empty: it needs a header"):
        batches_in(a_workbook(Sheet([])))


def test_dates_beside_the_table_without_a_column_name_are_not_left_out() -> None:
    content = a_workbook(Sheet([HEADER[:3], ROW]))
    with pytest.raises(UnreadableFile, match=r"not read: the column 4 without a name\. Say"):
        batches_in(content)
    assert batches_in(content, columns={"eta": ""}) == [("b1", "LAMP", 12, None)]
