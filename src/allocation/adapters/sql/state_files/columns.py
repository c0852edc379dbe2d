"""The columns of a table in a state file, and the encoding of their values as JSON."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from sqlalchemy import Column, String, Table, TypeDecorator

Row = tuple[Any, ...]

_KINDS: Final[dict[type, Any]] = {
    str: str,
    bool: bool,
    date: date,
    datetime: Annotated[datetime, msgspec.Meta(tz=True)],
    int: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)],
}
"""The Python types of values, and what is valid as one of them."""

_YEARS: Final = range(1970, 9999)
"""The years of times; in another zone, those at the bounds of `datetime` would be outside of it."""

_ESCAPED_NUL: Final = rb"\u0000"
"""How JSON writes NUL, and in no other way."""

_encoder: Final = msgspec.json.Encoder()


class TableFormat(NamedTuple):
    """The names of a table's columns, and how a list of its rows is decoded and checked."""

    names: tuple[str, ...]
    decoder: msgspec.json.Decoder[list[Row]]
    times: tuple[int, ...]
    """The places of the columns that hold times."""

    def decode(self, lines: Sequence[bytes]) -> list[Row]:
        """The rows of these lines, each a JSON array.

        Raises:
            ValueError: one of them is not a row of the table.
        """
        text = b"[%b]" % b",".join(lines)
        rows = self.decoder.decode(text)
        for place in self.times:
            for row in rows:
                if row[place] is not None and row[place].year not in _YEARS:
                    raise ValueError(f"{self.names[place]} is not in a year from 1970 to 9998")
        if _ESCAPED_NUL in text:  # or a backslash before "u0000"
            for name, value in (pair for row in rows for pair in zip(self.names, row, strict=True)):
                if isinstance(value, str) and "\0" in value:
                    raise ValueError(f"{name} has a NUL character")
        return rows


@cache
def format_of(table: Table) -> TableFormat:
    """The format of a table. A column that the database computes is not part of it.

    Raises:
        TypeError: a column is of a type for which no encoding is defined.
    """
    columns = stored_columns(table)
    row: Any = tuple[tuple(map(_kind, columns))]  # type: ignore[misc]  # made at run time
    return TableFormat(
        names=tuple(str(column.name) for column in columns),
        decoder=msgspec.json.Decoder(list[row]),
        times=tuple(n for n, column in enumerate(columns) if _python_type(column) is datetime),
    )


def stored_columns(table: Table) -> list[Column[Any]]:
    """The columns of a table that the database does not compute."""
    return [column for column in table.columns if column.computed is None]


def encode(rows: Sequence[Row]) -> bytes:
    """Rows as JSON arrays, each in a line: times with their microseconds and zones."""
    return _encoder.encode_lines(rows)


def _kind(column: Column[Any]) -> Any:
    kind = _KINDS.get(_python_type(column))
    if kind is None:
        raise TypeError(f"no encoding is defined for {column} of type {column.type!r}")
    if isinstance(column.type, String) and column.type.length is not None:
        kind = Annotated[kind, msgspec.Meta(max_length=column.type.length)]
    return kind | None if column.nullable else kind


def _python_type(column: Column[Any]) -> type:
    column_type = column.type
    if isinstance(column_type, TypeDecorator):
        column_type = column_type.impl_instance
    return column_type.python_type
