"""The parts of a workbook's file (.xlsx), which is a zip archive: they are checked before use."""

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from allocation.entrypoints.table_files.layout import UnreadableFile

MOST_BYTES: Final = 512 * 2**20
"""The maximum size of all parts of a workbook, decompressed."""

ZIP: Final = b"PK\x03\x04"
COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0"
"""The first bytes of an old workbook (.xls), and of one with a password."""

_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_CHUNK: Final = 2**18


class _BadXml(Exception):
    """A part of a workbook is not well-formed, or declares a document type, as none does."""


def is_workbook(path: Path, file: BinaryIO) -> bool:
    """Whether a file is a zip archive, as a workbook is.

    Raises:
        UnreadableFile: it is an old workbook, or one with a password.
    """
    file.seek(0)
    start = file.read(len(ZIP))
    if start == COMPOUND_FILE:
        reason = (
            "is an old workbook (.xls), or has a password: open it in the spreadsheet, and save it"
            " as .xlsx without a password, or as CSV"
        )
        raise UnreadableFile(path, reason)
    return start == ZIP


class SheetPart(NamedTuple):
    """A sheet: its name, the part that has it, and whether the workbook hides it."""

    name: str
    part: str
    is_hidden: bool


class Package:
    """The zip archive of a workbook.

    Raises:
        UnreadableFile: on creation, if it is no workbook, damaged, or larger than `MOST_BYTES`.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        try:
            self._zip = ZipFile(file)
            self._check_size()
            damaged = self._zip.testzip()
        except Exception as error:  # as zipfile raises whatever its decompressors do
            raise UnreadableFile(path, f"is a damaged zip archive: {error}") from None
        if damaged:
            raise UnreadableFile(path, f"is a damaged workbook: its part {damaged} is not intact")
        if _WORKBOOK not in self._zip.namelist():
            reason = "is a zip archive, but no workbook: save the table as .xlsx or CSV"
            raise UnreadableFile(path, reason)

    def _check_size(self) -> None:
        size = sum(part.file_size for part in self._zip.infolist())
        if size > MOST_BYTES:
            reason = (
                f"has {size:,} bytes when it is decompressed, more than {MOST_BYTES:,}: save the"
                " sheet as CSV, which may have any size"
            )
            raise UnreadableFile(self._path, reason)

    @property
    def sheets(self) -> list[SheetPart]:
        """The sheets, in their order."""
        targets = {
            each.get("Id"): each.get("Target", "")
            for each in self.elements(_RELATIONS, "Relationship")
        }
        sheets = []
        for sheet in self.elements(_WORKBOOK, "sheet"):
            relation = next((value for key, value in sheet.items() if _local(key) == "id"), "")
            part = posixpath.normpath(posixpath.join("/xl", targets.get(relation, "")))[1:]
            is_hidden = sheet.get("state", "visible") != "visible"
            if self.has(part):
                sheets.append(SheetPart(sheet.get("name", ""), part, is_hidden))
        return sheets

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return part in self._zip.namelist()

    @property
    def is_calculated_when_opened(self) -> bool:
        """Whether the results of formulas are not those that count, as programs leave them."""
        settings = self.elements(_WORKBOOK, "calcPr")
        return any(each.get("fullCalcOnLoad") in {"1", "true"} for each in settings)

    def elements(self, part: str, *names: str) -> Iterator[Mapping[str, str]]:
        """The attributes of the elements of these names in a part."""
        elements: list[Mapping[str, str]] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if _local(name) in names:
                elements.append({"": _local(name), **attributes})

        parser = expat.ParserCreate()
        parser.StartElementHandler = start
        self.parse(part, parser)
        return iter(elements)

    def parse(self, part: str, parser: "expat.XMLParserType") -> None:
        """Feed a part to a parser; a handler may end that with `StopIteration`.

        Raises:
            UnreadableFile: the part is missing or no XML, or declares entities.
        """
        parser.StartDoctypeDeclHandler = _refuse_document_type
        try:
            with self._zip.open(part) as stream:
                while chunk := stream.read(_CHUNK):
                    parser.Parse(chunk, False)
                parser.Parse(b"", True)
        except StopIteration:
            return
        except (LookupError, BadZipFile, ValueError, expat.ExpatError, _BadXml) as error:
            reason = f"is a damaged workbook: {part} cannot be read: {error}"
            raise UnreadableFile(self._path, reason) from None


def _refuse_document_type(*_: object) -> None:
    raise _BadXml("it declares a document type")


def _local(name: str) -> str:
    return name.rpartition(":")[2]
