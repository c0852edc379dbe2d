"""The format of a state file: JSON, one value per line, compressed with gzip.

The first line is a `Header`. Each table is a line with a `TableHeader`, and a line for each row, an
array of values in the order of the columns. The last line is a `Footer`.
"""

from typing import Final

import msgspec

VERSION: Final = 1
"""The version of the format; a file of another one is refused."""

NAME: Final = "allocation state"


class Header(msgspec.Struct):
    """The name and the version of the format, and the revision of the tables."""

    format: str
    version: int
    revision: str


class TableHeader(msgspec.Struct):
    """A table, and its columns in the order of the values in a row."""

    table: str
    columns: tuple[str, ...]


class Footer(msgspec.Struct):
    """The number of rows of each table, and the SHA-256 of all lines before this one."""

    rows: dict[str, int]
    sha256: str
