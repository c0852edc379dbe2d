"""A table reads back as the same table in whatever dialect it is written, or is refused."""

import re
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from allocation.entrypoints.table_files.layout import UnreadableFile
from tests.support.table_files import Batch, batches_in, rows_in

COLUMNS = ("ref", "sku", "qty", "eta", "note")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252")

_MULTI_BYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}")
"""What looks like UTF-8; the characters of these tests make no other sequences."""

_QUOTED_FORMULA = re.compile('="[^"]*"')
"""A name that is refused in every dialect: test_spreadsheet_trouble shows it."""


@dataclass(frozen=True)
class Written:
    """How a table is written."""

    delimiter: str
    encoding: str
    line_end: str
    quotes_all: bool
    blanks_around: bool
    in_capitals: bool
    has_separator_line: bool
    blank_rows: bool


DIALECTS = st.builds(
    Written,
    st.sampled_from(",;\t|"),
    st.sampled_from(ENCODINGS),
    st.sampled_from(["\n", "\r\n", "\r"]),
    *[st.booleans()] * 5,
)
_CHARACTERS = st.sampled_from("aZ09 ,;|\t\"'-/.=äÖß€é")
NAMES = (
    st.text(_CHARACTERS.filter(lambda c: c != "\t"), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda name: bool(name) and not _QUOTED_FORMULA.fullmatch(name))
)
NOTES = st.text(st.one_of(_CHARACTERS, st.sampled_from("\n\r")), max_size=12)
ROWS = st.lists(
    st.tuples(
        NAMES,
        NAMES,
        st.integers(1, 999),
        st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
        NOTES,
    ),
    max_size=5,
)


def written(table: list[tuple[str, str, int, date | None, str]], dialect: Written) -> bytes:
    """The table in this dialect."""
    header = [name.upper() if dialect.in_capitals else name for name in COLUMNS]
    rows = [[r, s, str(q), str(e or ""), n] for r, s, q, e, n in table]
    lines = [line(row, dialect) for row in (header, *rows)]
    if dialect.has_separator_line:
        lines.insert(0, f"sep={dialect.delimiter}")
    if dialect.blank_rows:
        lines += [dialect.delimiter * 4, ""]
    text = dialect.line_end.join([*lines, ""])
    return text.encode(dialect.encoding)


def line(cells: list[str], dialect: Written) -> str:
    blanks = " " if dialect.blanks_around else ""
    return dialect.delimiter.join(blanks + cell(text, dialect) for text in cells)


def cell(text: str, dialect: Written) -> str:
    if dialect.quotes_all or re.search(r'[\r\n"]', text) or dialect.delimiter in text:
        doubled = text.replace('"', '""')
        return f'"{doubled}"'
    return text


@given(table=ROWS, dialect=DIALECTS)
def test_a_table_reads_back_as_the_same_or_is_refused_with_what_decides(
    table: list[tuple[str, str, int, date | None, str]], dialect: Written
) -> None:
    content = written(table, dialect)
    if dialect.encoding == "windows-1252" and not content.isascii():
        assume(not is_utf_8(content))  # which cannot be distinguished from it: ADR 42
    expected: list[Batch] = [(ref, sku, qty, eta) for ref, sku, qty, eta, _ in table]

    if dialect.encoding == "windows-1252" and _MULTI_BYTE.search(content):
        with pytest.raises(UnreadableFile, match="--encoding windows-1252"):
            batches_in(content)
        assert batches_in(content, encoding=dialect.encoding) == expected
    else:
        assert batches_in(content) == expected


@given(table=ROWS.filter(bool), dialect=DIALECTS, data=st.data())
def test_a_file_cut_short_gives_no_row_that_it_did_not_have(
    table: list[tuple[str, str, int, date | None, str]], dialect: Written, data: st.DataObject
) -> None:
    content = written(table, dialect)
    cut = content[: data.draw(st.integers(0, len(content)))]
    whole = {(ref, sku, qty, eta) for ref, sku, qty, eta, _ in table}

    try:
        batches = batches_in(cut)
    except UnreadableFile:
        return

    if dialect.encoding != "windows-1252":
        read = [batch for batch in batches[:-1] if isinstance(batch, tuple)]
        assert set(read) <= whole


def is_utf_8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


HEADER = "ref;sku;qty;eta\n"


def test_a_file_of_no_delimiter_that_fits_is_shown_as_the_likeliest_splits_it() -> None:
    with pytest.raises(UnreadableFile, match="name them: --column ref=NAME --column sku="):
        batches_in(b"Charge;Menge\nx;1\n")


def test_a_later_row_that_looks_like_the_header_is_named() -> None:
    content = f"Stock of today\n\n{HEADER}b1;LAMP;1;\n".encode()
    with pytest.raises(UnreadableFile, match="Row 3 looks like the header: --header-row 3"):
        batches_in(content)
    assert batches_in(content, header_row=3) == [("b1", "LAMP", 1, None)]


def test_a_header_that_fits_in_two_ways_is_refused_with_both() -> None:
    content = b"ref,sku,qty,eta;ref;sku;qty;eta\n"
    with pytest.raises(UnreadableFile, match="say --delimiter , or --delimiter ';'"):
        batches_in(content)


def test_a_mixture_of_encodings_is_refused_with_both() -> None:
    content = HEADER.encode() + "Ü;LAMP;1;\n".encode() + "Ö;LAMP;1;\n".encode("windows-1252")
    with pytest.raises(UnreadableFile, match=r"--encoding utf-8 .* --encoding windows-1252"):
        batches_in(content)
    assert batches_in(content, encoding="utf-8") == [
        ("Ü", "LAMP", 1, None),
        "ref '\\udcd6' is not UTF-8 text",
    ]
    assert len(batches_in(content, encoding="windows-1252")) == 2


def test_bytes_that_windows_1252_leaves_undefined_are_named_with_their_line() -> None:
    content = HEADER.encode() + b"\xd6;LAMP;1;\n\x81;LAMP;1;\n"
    with pytest.raises(UnreadableFile, match="the bytes 81 in line 3"):
        batches_in(content)
    assert batches_in(content, encoding="cp850")[1] == ("ü", "LAMP", 1, None)


def test_a_file_that_is_not_what_it_is_said_to_be_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="is not ascii: the bytes c3 in line 2"):
        batches_in(HEADER.encode() + "Ü;LAMP;1;\n".encode(), encoding="ascii")


def test_utf_16_that_ends_in_half_a_character_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="is not utf-16"):
        batches_in((HEADER + "b1;LAMP;1;\n").encode("utf-16")[:-1])


def test_nul_in_a_file_that_is_not_utf_16_is_refused_with_its_row() -> None:
    [refused, batch] = batches_in(HEADER.encode() + b"b\x001;LAMP;1;\nb2;LAMP;1;\n")
    assert refused == "ref 'b\\x001' has a control character (U+0000)"
    assert batch == ("b2", "LAMP", 1, None)


@pytest.mark.parametrize("delimiter", [None, ";"])
def test_the_encoding_is_checked_before_the_first_row_also_if_the_delimiter_is_said(
    delimiter: str | None,
) -> None:
    text = HEADER + "b1;LAMP;1;\n" * 10_000 + "\ud800\n"
    content = text.encode("utf-16-le", "surrogatepass")
    with pytest.raises(UnreadableFile, match="is not utf-16-le: the bytes 00 d8 in line 10002"):
        batches_in(content, delimiter=delimiter)


def test_a_delimiter_that_is_said_decides() -> None:
    content = b"ref:sku:qty:eta\nb1:A,B;C:1:\n"
    with pytest.raises(UnreadableFile, match="has no columns 'ref', 'sku', 'qty'"):
        batches_in(content)
    assert batches_in(content, delimiter=":") == [("b1", "A,B;C", 1, None)]


def test_names_of_columns_ignore_case_and_runs_of_blanks() -> None:
    content = b'" Batch \n No ";SKU;Qty;Eta\nb1;LAMP;1;\n'
    assert batches_in(content, columns={"ref": "batch no"}) == [("b1", "LAMP", 1, None)]


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="more than one column 'qty'"):
        batches_in(b"ref;sku;qty;Qty;eta\n")


def test_a_column_that_a_mapping_names_must_be_there() -> None:
    with pytest.raises(UnreadableFile, match="has no column 'Due'"):
        batches_in(b"ref;sku;qty\n", columns={"eta": "Due"})


def test_a_missing_date_beside_columns_that_are_not_read_is_refused() -> None:
    content = b"ref;sku;qty;Liefertermin\nb1;LAMP;1;\n"
    with pytest.raises(UnreadableFile, match=r"Liefertermin\. Say .* eta=NAME; .* eta= "):
        batches_in(content)
    assert batches_in(content, columns={"eta": ""}) == [("b1", "LAMP", 1, None)]
    assert len(batches_in(content, columns={"eta": "liefertermin"})) == 1


def test_the_row_numbers_are_those_of_the_file_after_a_separator_line_and_a_title() -> None:
    content = b"sep=;\ntitle;\nref;sku;qty;eta\n\nb1;LAMP;0;\n"
    assert [row.number for row in rows_in(content, header_row=3)] == [5]


@pytest.mark.parametrize("rows", ["b1;LAMP;1;2030-01-01\n", "b1;LAMP;1\nb2;LAMP;1;soon\n"])
def test_a_missing_date_beside_values_without_a_column_name_is_refused(rows: str) -> None:
    content = f"ref;sku;qty;\n{rows}".encode()
    with pytest.raises(UnreadableFile, match=r"not read: the column 4 without a name\. Say"):
        batches_in(content)
    assert len(batches_in(content, columns={"eta": ""})) == rows.count("\n")


def test_the_columns_of_a_file_of_refused_rows_are_not_read() -> None:
    content = b"line_number;reason;ref;sku;qty;reason\n2;because;b1;LAMP;1;why\n"
    assert batches_in(content, columns={"eta": "", "sku": "reason"}) == [("b1", "why", 1, None)]


def test_a_web_page_in_place_of_a_table_is_named_as_such() -> None:
    with pytest.raises(
        UnreadableFile, match="is HTML or XML: open it in the spreadsheet, and save it"
    ):
        batches_in(b"<html><table><tr><td>ref</td></tr></table></html>")
