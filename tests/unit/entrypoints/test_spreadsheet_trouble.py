"""Text files as spreadsheets, ERPs and people spoil them: each is taken rightly, or refused."""

from datetime import date
from typing import Any

import pytest

from allocation.entrypoints.table_files.layout import UnreadableFile
from allocation.entrypoints.table_files.line_reader import LONGEST_LINE
from tests.support.table_files import batches_in

HEADER = "ref,sku,qty,eta"
B1 = ("b1", "LAMP", 1, None)
B2 = ("b2", "LAMP", 2, date(2030, 1, 1))


@pytest.mark.parametrize(
    ("content", "batches"),
    [
        pytest.param(
            'ref,sku,qty,eta,note\nb1,LAMP,1,,"two\nlines, ""quoted"""\nb2,LAMP,2,2030-01-01,\n',
            [B1, B2],
            id="a cell of several lines",
        ),
        pytest.param(
            f"{HEADER}\r\nb1,LAMP,1,\rb2,LAMP,2,2030-01-01\n", [B1, B2], id="mixed line ends"
        ),
        pytest.param(f"{HEADER}\rb1,LAMP,1,\r", [B1], id="the line ends of old Macs"),
        pytest.param(f"{HEADER}\nb1,LAMP,1", [B1], id="no line end, and cells left out"),
        pytest.param(f"\n,,,\n{HEADER}\n,,,\nb1,LAMP,1,\n , ,,\n", [B1], id="blank rows"),
        pytest.param(
            f"{HEADER}\nb1,LAMP,1,\n,Total,1,\n", [B1, "ref '' is empty"], id="a total at the end"
        ),
        pytest.param(
            f"{HEADER}\nb1,LAMP,1,\n\ufeff{HEADER}\nb2,LAMP,2,2030-01-01\n",
            [B1, "qty 'qty' is not an integer", B2],
            id="two files in one, with a byte order mark in the middle",
        ),
        pytest.param(
            f"{HEADER}\n'0012,LAMP,1,\n", [("'0012", "LAMP", 1, None)], id="an apostrophe in front"
        ),
        pytest.param(
            f"{HEADER}\n00123,LAMP,1,\n", [("00123", "LAMP", 1, None)], id="leading zeros"
        ),
        pytest.param(
            f'{HEADER}\n="00123",LAMP,1,\n',
            ["ref '=\"00123\"' is a formula: remove what is around the name"],
            id="a formula that keeps leading zeros",
        ),
        pytest.param(
            f"{HEADER}\nb1,LAMP,1 %,\nb2,LAMP,(2),\nb3,LAMP,2-,\n",
            [
                "qty '1 %' is a percentage: write a whole number",
                "qty '(2)' is in brackets, as negative amounts are: write a whole number",
                "qty -2 is less than 1",
            ],
            id="a percentage, and negative numbers",
        ),
        pytest.param(
            f"{HEADER}\nb1,LAMP,1,46082\nb2,LAMP,1,########\n",
            [
                "eta '46082' may be a spreadsheet's number of a day: format the column as a date"
                " there",
                "eta '########' is what a spreadsheet shows if a column is too narrow: widen it,"
                " and save the file again",
            ],
            id="dates that are none",
        ),
        pytest.param(
            f"{HEADER}\n#REF!,LAMP,1,\nb1,LAMP,#NV,\n",
            [
                "ref '#REF!' is an error of the spreadsheet: correct the cell, and save the file"
                " again",
                "qty '#NV' is an error of the spreadsheet: correct the cell, and save the file"
                " again",
            ],
            id="error values",
        ),
        pytest.param(
            f"{HEADER}\nb1,LAMP,1,250,\nb2,LAMP,2,2030-01-01\n",
            [
                "has 5 cells, but the header has 4: perhaps a comma in a cell is not quoted",
                B2,
            ],
            id="a comma in a number that is not quoted",
        ),
        pytest.param(
            f'{HEADER}\nb1,LAMP,1,"\nb2,LAMP,2,2030-01-01\n',
            ["is not CSV: unexpected end of data", B2],
            id="a quote that is not closed",
        ),
        pytest.param(
            "|ref|sku|qty|eta|\n|b1  |LAMP  |  1 |        |\n|b2|LAMP|2|20300101|\n",
            [B1, B2],
            id="a list with rules around",
        ),
        pytest.param(
            f"{HEADER}\nb1,\u00a0LAMP\u00a0,1\u00a0,\n", [B1], id="blanks that do not break"
        ),
        pytest.param(HEADER + "\n", [], id="nothing but a header"),
    ],
)
def test_a_spoilt_file_is_taken_rightly_or_its_rows_are_refused(
    content: str, batches: list[Any]
) -> None:
    assert batches_in(content.encode()) == batches


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty: it needs a header"),
        ("\ufeff", "is empty: it needs a header"),
        ("\n \n;;;\n", "is empty: it needs a header"),
        ("Stock,,,\n,,,\nref,sku,qty,eta\n", "Row 3 looks like the header: --header-row 3"),
        ("ref,sku,qty,qty,eta\n", "has more than one column 'qty'"),
        ("ref,sku,qty,ETA,eta\n", "has more than one column 'eta'"),
        ("ref,sku,qty,Due\n", "not read: Due. Say which it is: --column eta=NAME"),
        ("Charge;Menge\n", "has no columns 'ref', 'sku', 'qty'; it has: Charge, Menge"),
        ('"ref,sku,qty\n', "has a header that is not CSV: unexpected end of data"),
        ("%PDF-1.7\n", "has no columns 'ref', 'sku', 'qty'; it has: %PDF-1.7"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(content: str, reason: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        batches_in(content.encode())
    assert reason in str(refusal.value)


def test_an_unquoted_comma_in_a_number_is_noticed_though_the_last_cell_is_empty() -> None:
    reason = "has 5 cells, but the header has 4: perhaps a comma in a cell is not quoted"
    content = "ref,sku,qty,note\nb1,LAMP,1,250,\nb2,LAMP,2,,,\n"
    options = {"columns": {"eta": ""}}
    assert batches_in(content.encode(), **options) == [reason, ("b2", "LAMP", 2, None)]
    ended_by_commas = "ref,sku,qty,note,\nb1,LAMP,1,250,\n"
    assert batches_in(ended_by_commas.encode(), **options) == [("b1", "LAMP", 1, None)]


@pytest.mark.parametrize("size", [LONGEST_LINE, 2 * LONGEST_LINE])
@pytest.mark.parametrize("following", ["", "\r", "\r\n", "\n"])
def test_an_overlong_line_is_one_row_also_after_another_that_a_lone_cr_ends(
    size: int, following: str
) -> None:
    content = f"{HEADER}\r{'x' * size}x\r{following}{'y' * size},b1,LAMP,1\r,LAMP,1,\rb2,LAMP,2,"
    too_long = f"is longer than {LONGEST_LINE:,} characters"
    batches = batches_in(content.encode())
    assert batches == [too_long, too_long, "ref '' is empty", ("b2", "LAMP", 2, None)]


@pytest.mark.parametrize(
    ("form", "text"),
    [("%d%m%Y", "1112027"), ("%m%d%Y", "1112027"), ("%Y%m%d", "2027111"), ("%d%m%y", "11127")],
)
def test_a_date_without_separators_needs_all_of_its_digits(form: str, text: str) -> None:
    [reason] = batches_in(f"{HEADER}\nb1,LAMP,1,{text}\n".encode(), date_format=form)
    assert reason == f"eta '{text}' is not a date of the form {form} (--date-format)"
    whole = date(2027, 11, 1).strftime(form)
    [batch] = batches_in(f"{HEADER}\nb1,LAMP,1,{whole}\n".encode(), date_format=form)
    assert batch == ("b1", "LAMP", 1, date(2027, 11, 1))
