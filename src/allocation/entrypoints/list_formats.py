"""The formats of lists for programs: lines of JSON, and CSV."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO
from operator import attrgetter
from typing import Any, Final

import msgspec

CRLF: Final = "\r\n"
"""The end of a line of CSV in RFC 4180, and so over HTTP."""

LF: Final = "\n"
"""The end of a line of text, and so of CSV in a file or a pipe."""


def as_json_lines(rows: Iterable[Any]) -> bytes:
    """One JSON object per row and line."""
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def csv_header(columns: Sequence[str], end: str) -> bytes:
    """The first line of CSV in UTF-8: the names of the columns."""
    return _csv([columns], end)


def as_csv(columns: Sequence[str], rows: Iterable[Any], end: str) -> bytes:
    """CSV (RFC 4180) in UTF-8: true and false as in JSON, days as 2027-01-31, nothing for null."""
    values = attrgetter(*columns)
    return _csv((map(_cell, values(row)) for row in rows), end)


def _csv(rows: Iterable[Iterable[Any]], end: str) -> bytes:
    text = StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value
