"""Why a file has no header with the required columns, in words."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from allocation.entrypoints.table_files.columns import (
    SEARCHED,
    Wanted,
    likelier_row,
    without_columns,
)
from allocation.entrypoints.table_files.line_reader import described
from allocation.entrypoints.table_files.row_conversion import NOT_UTF8, is_utf8
from allocation.entrypoints.table_files.text_format import DELIMITERS, TextFormat, attempted

_NOTHING: Final = frozenset({*DELIMITERS, " "})


class UnfitHeader:
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
        if likeliest.header[0].lstrip().startswith("<"):
            return "is HTML or XML: open it in the spreadsheet, and save it as .xlsx or CSV"
        missing = self._wanted.missing_in(likeliest.header)
        reason = without_columns(missing, likeliest.header, self._wanted)
        rows = self._first_rows(candidates)
        return reason + likelier_row(rows, self._wanted, self._wanted.count_in(likeliest.header))

    def _without_header(self, error: TextFormat | Exception, header_row: int | None) -> str:
        if isinstance(error, StopIteration):
            return f"has no row {header_row}" if header_row else "is empty: it needs a header"
        if isinstance(error, csv.Error):
            return f"has a header that {described(error)}"
        return NOT_UTF8

    def _likeness(self, candidate: TextFormat) -> tuple[int, int]:
        missing = len(self._wanted.missing_in(candidate.header))
        return -missing, len(candidate.header)

    def _first_rows(
        self, candidates: Sequence[TextFormat]
    ) -> Iterator[tuple[int, tuple[str, ...]]]:
        for number in range(1, SEARCHED + 1):
            for candidate in candidates:
                tried = TextFormat(candidate.encoding, candidate.delimiter, (), number)
                attempt = attempted(self._path, self._file, tried)
                if isinstance(attempt, TextFormat):
                    yield number, attempt.header
