"""Finds the delimiter and the header of a text file by the names of the columns."""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, BinaryIO, Final

from allocation.entrypoints.table_files.columns import Wanted, likelier_row, without_column
from allocation.entrypoints.table_files.encodings import candidate_encodings, check_encoding
from allocation.entrypoints.table_files.layout import UnreadableFile
from allocation.entrypoints.table_files.line_reader import Lines, LineTooLong
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from allocation.entrypoints.table_files.row_conversion import NOT_UTF8, is_blank, is_utf8

if TYPE_CHECKING:
    from _csv import Dialect

DELIMITERS: Final = (",", ";", "\t", "|")
DELIMITER_NAMES: Final = {"\t": "tab"}

_SEPARATOR: Final = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)
"""The first line in which Excel tells the delimiter."""

_SEARCHED: Final = 20
"""Lines that are searched for a header that is not the first row."""

_NOTHING: Final = frozenset({*DELIMITERS, " "})


@dataclass(frozen=True, slots=True)
class TextFormat:
    """How a text file is written.

    Attributes:
        encoding: a codec of Python.
        delimiter: the character between two cells.
        header: the names of the columns.
        header_row: the number of the row that has them, if it is not the first with text.
        has_separator_line: whether its first line tells the delimiter.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...] = ()
    header_row: int | None = None
    has_separator_line: bool = False

    @property
    def dialect(self) -> "Dialect":
        """What the `csv` module makes of the delimiter, once for all readers."""
        reader = csv.reader([], delimiter=self.delimiter, strict=True, skipinitialspace=True)
        return reader.dialect

    def lines_after_header(self, path: Path, file: BinaryIO) -> tuple[Lines, list[str]]:
        """The lines of the file behind the header, and the header.

        Raises:
            StopIteration: there is none.
            csv.Error: it is malformed; the lines so far are those of the row.
        """
        lines = Lines(path, file, self.encoding)
        try:
            return lines, self._read_header(lines)
        except BaseException:
            lines.release()
            raise

    def _read_header(self, lines: Lines) -> list[str]:
        if self.has_separator_line:
            next(lines)
        lines.begin_row()
        while self.header_row is not None and lines.row_number < self.header_row:
            with suppress(LineTooLong):
                next(lines)
            lines.begin_row()
        cells = next(csv.reader(lines, self.dialect))
        while self.header_row is None and is_blank(cells):
            lines.begin_row()
            cells = next(csv.reader(lines, self.dialect))
        return cells


def text_format(path: Path, file: BinaryIO, wanted: Wanted, options: ReadingOptions) -> TextFormat:
    """The format under which the header has the required columns.

    Raises:
        UnreadableFile: there is none, or more than one.
    """
    candidates = [
        candidate
        for encoding in candidate_encodings(path, file, options.encoding)
        for candidate in _formats(path, file, encoding, options)
    ]
    attempts = [_attempt(path, file, candidate) for candidate in candidates]
    fitting = [
        each for each in attempts if isinstance(each, TextFormat) and wanted.all_in(each.header)
    ]
    distinct = {(each.encoding, each.header): each for each in reversed(fitting)}
    if not fitting:
        raise UnreadableFile(path, _Unfit(path, file, wanted).reason(candidates, attempts))
    if len(distinct) > 1:
        raise UnreadableFile(path, _several([*reversed(distinct.values())]))
    [chosen] = distinct.values()
    if len(candidates) > len(DELIMITERS):
        check_encoding(path, file, chosen.encoding)
    return chosen


def shown_delimiter(delimiter: str) -> str:
    """A delimiter as a message shows it, and the option takes it."""
    return DELIMITER_NAMES.get(delimiter, delimiter)


def _formats(
    path: Path, file: BinaryIO, encoding: str, options: ReadingOptions
) -> list[TextFormat]:
    separator = _separator(path, file, encoding)
    delimiters: Sequence[str] = DELIMITERS
    if options.delimiter or separator:
        delimiters = [options.delimiter or separator or ""]
    return [
        TextFormat(encoding, each, (), options.header_row, separator is not None)
        for each in delimiters
    ]


def _separator(path: Path, file: BinaryIO, encoding: str) -> str | None:
    lines = Lines(path, file, encoding)
    try:
        match = _SEPARATOR.fullmatch(next(lines, ""))
    except (csv.Error, UnreadableFile):
        return None
    finally:
        lines.release()
    return match[1] if match and match[1] not in '"\r\n' else None


def _attempt(path: Path, file: BinaryIO, candidate: TextFormat) -> TextFormat | Exception:
    """The format with its header, or the error that there is none."""
    try:
        lines, header = candidate.lines_after_header(path, file)
    except (StopIteration, csv.Error, UnreadableFile) as error:
        return error
    lines.release()
    return TextFormat(
        candidate.encoding,
        candidate.delimiter,
        tuple(header),
        candidate.header_row,
        candidate.has_separator_line,
    )


def _several(fitting: Sequence[TextFormat]) -> str:
    encodings = {each.encoding for each in fitting}
    choices = [
        f"--delimiter {quote(shown_delimiter(each.delimiter))}"
        + (f" --encoding {each.encoding}" if len(encodings) > 1 else "")
        for each in fitting
    ]
    return f"has a header with all columns in more than one way: say {' or '.join(choices)}"


class _Unfit:
    """Why a file has no header with the required columns."""

    def __init__(self, path: Path, file: BinaryIO, wanted: Wanted) -> None:
        self._path = path
        self._file = file
        self._wanted = wanted

    def reason(
        self, candidates: Sequence[TextFormat], attempts: Sequence[TextFormat | Exception]
    ) -> str:
        """The reason in words, with what helps."""
        headers = [each for each in attempts if isinstance(each, TextFormat)]
        if not headers:
            return self._without_header(attempts[-1], candidates[0].header_row)
        likeliest = max(headers, key=self._likeness)
        if not is_utf8(likeliest.header):
            return NOT_UTF8
        if not any(set("".join(each.header)) - _NOTHING for each in headers):
            if likeliest.header_row is None:
                return "is empty: it needs a header"
            return f"has nothing in row {likeliest.header_row}: it needs a header"
        missing = self._wanted.missing_in(likeliest.header)
        reason = without_column(missing[0], likeliest.header, self._wanted)
        rows = self._first_rows(candidates)
        return reason + likelier_row(rows, self._wanted, self._wanted.count_in(likeliest.header))

    def _without_header(self, error: TextFormat | Exception, header_row: int | None) -> str:
        if isinstance(error, StopIteration):
            return f"has no row {header_row}" if header_row else "is empty: it needs a header"
        return NOT_UTF8 if isinstance(error, UnreadableFile) else f"has a header that {error}"

    def _likeness(self, candidate: TextFormat) -> tuple[int, int]:
        missing = len(self._wanted.missing_in(candidate.header))
        return -missing, len(candidate.header)

    def _first_rows(
        self, candidates: Sequence[TextFormat]
    ) -> Iterator[tuple[int, tuple[str, ...]]]:
        for number in range(1, _SEARCHED + 1):
            for candidate in candidates:
                tried = TextFormat(candidate.encoding, candidate.delimiter, (), number)
                attempt = _attempt(self._path, self._file, tried)
                if isinstance(attempt, TextFormat):
                    yield number, attempt.header
