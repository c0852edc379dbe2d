"""The rows of a CSV file: read one at a time, each turned into an event or refused."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO, ClassVar, Final

from allocation.domain.events import AllocationRequired, BatchCreated, Event
from allocation.entrypoints.cli.lines import Lines
from allocation.errors import InputError, InvalidValue

_INTEGER: Final = re.compile(r"([+-]?)0*([0-9]+)")
_DIGITS: Final = 20
"""More than any quantity has: what is longer is as much too large, or too small."""
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

NOT_UTF8: Final = "is not UTF-8 text"

Cells = dict[str, str]
Convert = Callable[[Cells], Event]


class UnreadableFile(InputError):
    """A file that is not a table with the columns that are needed."""

    code: ClassVar[str] = "unreadable_file"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} {reason}")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file: its first line's number, its cells, and what it asks for.

    A row that asks for nothing that can be has a `reason` in place of an `event`.
    """

    number: int
    cells: list[str]
    event: Event | None
    reason: str = ""


@dataclass(frozen=True)
class Kind:
    """What the rows of a file are: the columns they need, and the events they become."""

    one: str
    noun: str
    columns: tuple[str, ...]
    convert: Convert


def _batch(cells: Cells) -> Event:
    eta = cells["eta"]
    return BatchCreated(
        cells["ref"], cells["sku"], _number("qty", cells["qty"]), _date("eta", eta) if eta else None
    )


def _order_line(cells: Cells) -> Event:
    return AllocationRequired(cells["orderid"], cells["sku"], _number("qty", cells["qty"]))


BATCHES: Final = Kind("batch", "batches", ("ref", "sku", "qty", "eta"), _batch)
ORDER_LINES: Final = Kind("order line", "order lines", ("orderid", "sku", "qty"), _order_line)


class Table:
    """A CSV file that is open for reading; extra columns are fine.

    A line that is no CSV is refused alone: what its open quote would have swallowed is
    read again, from the next line on.

    Raises:
        UnreadableFile: it has no header, or a column is missing from it.
    """

    def __init__(self, path: Path, file: BinaryIO, kind: Kind) -> None:
        self._lines = Lines(file)
        self._kind = kind
        self.header = [name.strip() for name in self._header(path)]
        if not _is_utf8(self.header):
            raise UnreadableFile(path, NOT_UTF8)
        self._places: dict[str, int] = {}
        for column in kind.columns:
            if self.header.count(column) > 1:
                raise UnreadableFile(path, f"has more than one column {column!r}")
            if column not in self.header:
                told = ", ".join(self.header)
                raise UnreadableFile(path, f"has no column {column!r}; it has: {told}")
            self._places[column] = self.header.index(column)

    @property
    def bytes_read(self) -> int:
        """How far the file has been read."""
        return self._lines.bytes_read

    def rows(self) -> Iterator[Row]:
        """The rows, as far as they are asked for; empty lines are passed over."""
        while True:
            try:
                cells = self._next_cells()
            except StopIteration:
                return
            except csv.Error as error:
                number, line = self._lines.take_back_all_but_first()
                yield Row(number, [line.rstrip("\r\n")], None, f"is not CSV: {error}")
                continue
            if cells:
                yield self._row(cells)

    def _next_cells(self) -> list[str]:
        self._lines.begin_row()
        # A reader for each row: after an error it would be somewhere in the middle.
        cells = next(csv.reader(self._lines, strict=True))
        if any(cells[len(self.header) :]) and len(self._lines.of_row) > 1:
            raise csv.Error("its quotes take in lines that are not its own")
        return cells

    def _row(self, cells: list[str]) -> Row:
        number = self._lines.row_number
        if len(cells) < len(self.header) or any(cells[len(self.header) :]):
            told = f"has {len(cells)} cells, but the header has {len(self.header)}"
            return Row(number, cells, None, told)
        named = {column: cells[place].strip() for column, place in self._places.items()}
        try:
            return Row(number, cells, self._kind.convert(named))
        except InvalidValue as refusal:
            if not _is_utf8([str(refusal.value)]):
                refusal.reason = NOT_UTF8
            return Row(number, cells, None, str(refusal))

    def _header(self, path: Path) -> list[str]:
        self._lines.begin_row()
        try:
            return next(csv.reader(self._lines, strict=True))
        except StopIteration:
            raise UnreadableFile(path, "is empty: it needs a header") from None
        except csv.Error as error:
            told = f"is not CSV: {error}" if _is_utf8(self._lines.of_row) else NOT_UTF8
            raise UnreadableFile(path, told) from None


def _is_utf8(texts: Iterable[str]) -> bool:
    """Whether all the bytes that these were read from were text."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return False
    return True


def _number(field: str, text: str) -> int:
    # `int` would also take "1_000" and the digits of other scripts.
    if not (found := _INTEGER.fullmatch(text)):
        raise InvalidValue(field, text, "is not an integer")
    return int(found[1] + found[2][:_DIGITS])


def _date(field: str, text: str) -> date:
    # `fromisoformat` would also take weeks, and dates without dashes, which HTTP refuses.
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # such as the 31st of February
    raise InvalidValue(field, text, "is not a date, such as 2026-12-24")
