"""What is no workbook, or a dangerous one, is refused with what to do."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation.entrypoints.table_files import workbook_package
from allocation.entrypoints.table_files.layout import UnreadableFile
from tests.support.table_files import Sheet, a_workbook, batches_in

HEADER = ("ref", "sku", "qty", "eta")
WORKBOOK = a_workbook(Sheet([HEADER, ("b1", "LAMP", 12, date(2027, 3, 1))]))
SHEET = "xl/worksheets/sheet1.xml"


def changed(part: str, change: Callable[[bytes], bytes | None]) -> bytes:
    """The workbook with another part, or without it."""
    content = BytesIO()
    with ZipFile(BytesIO(WORKBOOK)) as old, ZipFile(content, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = change(old.read(name)) if name == part else old.read(name)
            if text is not None:
                new.writestr(name, text)
    return content.getvalue()


def replaced(part: str, old: bytes, new: bytes) -> bytes:
    """The workbook with other text in a part."""
    return changed(part, lambda text: text.replace(old, new))


def a_zip(name: str) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr(name, "x")
    return content.getvalue()


def encrypted() -> bytes:
    content = bytearray(a_zip("xl/workbook.xml"))
    content[6] |= 1  # the flags of the part, and those in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


DOCTYPE = b'?>\n<!DOCTYPE worksheet [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, r"\(.xls\), or has a password: .*save"),
        (a_zip("word/document.xml"), "is a zip archive, but no workbook: save the table as .xlsx"),
        (encrypted(), "is a damaged zip archive: .*encrypted"),
        (WORKBOOK[:600], "is a damaged zip archive"),
        (b"PK\x03\x04", "is a damaged zip archive"),
        (replaced(SHEET, b"?>", DOCTYPE), "cannot be read: it declares a document type"),
        (replaced(SHEET, b"</sheetData>", b""), "cannot be read: mismatched tag"),
        (replaced(SHEET, b'<row r="2"', b'<row r="two"'), "cannot be read"),
        (replaced(SHEET, b'r="D2"', b'r="XFD1048576"'), "has values as far as XFD1048576"),
        (changed("xl/_rels/workbook.xml.rels", lambda _: None), "cannot be read"),
        (changed(SHEET, lambda _: None), "is empty: it needs a header"),
    ],
)
def test_a_file_that_is_no_sound_workbook_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        batches_in(content)


def test_a_workbook_that_is_very_large_decompressed_is_refused_at_once() -> None:
    blanks = b" " * workbook_package.MOST_BYTES
    content = changed("docProps/app.xml", lambda _: blanks)
    assert len(content) < 1_000_000
    with pytest.raises(UnreadableFile, match=r"when it is decompressed, .* save the sheet as CSV"):
        batches_in(content)


def test_a_part_that_is_larger_than_it_says_is_refused() -> None:
    content = bytearray(WORKBOOK)
    with ZipFile(BytesIO(WORKBOOK)) as archive:
        size = archive.getinfo(SHEET).file_size
    entry = content.index(SHEET.encode(), content.index(b"PK\x01\x02")) - 46
    assert int.from_bytes(content[entry + 24 : entry + 28], "little") == size
    content[entry + 24 : entry + 28] = (size // 2).to_bytes(4, "little")
    with pytest.raises(UnreadableFile, match="damaged"):
        batches_in(bytes(content))


def test_a_formula_without_any_stored_value_is_no_empty_cell() -> None:
    content = replaced(SHEET, b"<v>46447</v>", b"<f>A1</f>")
    [reason] = batches_in(content)
    assert "eta '#N/A' is a formula without a result" in str(reason)


def test_an_extent_that_a_sheet_only_claims_costs_nothing() -> None:
    content = replaced(SHEET, b'<dimension ref="A1:D2"/>', b'<dimension ref="A1:XFD1048576"/>')
    assert content != WORKBOOK
    assert len(batches_in(content)) == 1


def test_a_cell_without_a_reference_is_behind_the_one_before() -> None:
    content = replaced(SHEET, b' r="D2"', b"")
    assert batches_in(content) == [("b1", "LAMP", 12, date(2027, 3, 1))]


@given(data=st.data())
def test_a_damaged_workbook_is_refused_or_read_as_it_was(data: st.DataObject) -> None:
    content = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    try:
        batches = batches_in(bytes(content))
    except UnreadableFile:
        return
    assert batches == [("b1", "LAMP", 12, date(2027, 3, 1))]
