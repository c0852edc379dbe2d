"""Finds the delimiter and the header of a text file by the names of the columns."""

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import BinaryIO

from allocation.entrypoints.table_files.columns import Wanted
from allocation.entrypoints.table_files.encodings import candidate_encodings, check_encoding
from allocation.entrypoints.table_files.layout import UnreadableFile
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from allocation.entrypoints.table_files.text_format import (
    DELIMITERS,
    TextFormat,
    attempted,
    separator_line,
    shown_delimiter,
)
from allocation.entrypoints.table_files.unfit_header import UnfitHeader


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
    attempts = [attempted(path, file, candidate) for candidate in candidates]
    fitting = [
        each for each in attempts if isinstance(each, TextFormat) and wanted.all_in(each.header)
    ]
    distinct = {(each.encoding, each.header): each for each in reversed(fitting)}
    if not fitting:
        raise UnreadableFile(path, UnfitHeader(path, file, wanted).reason(candidates, attempts))
    if len(distinct) > 1:
        raise UnreadableFile(path, _several([*reversed(distinct.values())]))
    [chosen] = distinct.values()
    if len({each.encoding for each in candidates}) > 1:
        check_encoding(path, file, chosen.encoding)
    return chosen


def _formats(
    path: Path, file: BinaryIO, encoding: str, options: ReadingOptions
) -> list[TextFormat]:
    separator = separator_line(path, file, encoding)
    delimiters: Sequence[str] = DELIMITERS
    if options.delimiter or separator:
        delimiters = [options.delimiter or separator or ""]
    return [
        TextFormat(encoding, each, (), options.header_row, separator is not None)
        for each in delimiters
    ]


def _several(fitting: Sequence[TextFormat]) -> str:
    encodings = {each.encoding for each in fitting}
    choices = [
        f"--delimiter {quote(shown_delimiter(each.delimiter))}"
        + (f" --encoding {each.encoding}" if len(encodings) > 1 else "")
        for each in fitting
    ]
    return f"has a header with all columns in more than one way: say {' or '.join(choices)}"
