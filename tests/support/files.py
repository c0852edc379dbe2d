"""CSV files, as people send them, and files of databases."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

BATCH_COLUMNS: Final = "ref,sku,qty,eta"
LINE_COLUMNS: Final = "orderid,sku,qty"


def a_file(folder: Path, *rows: str | bytes, header: str = LINE_COLUMNS, end: str = "\n") -> Path:
    """A file with these rows, as they are."""
    path = folder / "rows.csv"
    lines = [row if isinstance(row, bytes) else row.encode() for row in (header, *rows)]
    path.write_bytes(b"".join(line + end.encode() for line in lines))
    return path


def lines_for(sku: str, count: int, first: int = 1, qty: int = 1) -> Iterable[str]:
    """So many order lines of as many orders."""
    return (f"o{number},{sku},{qty}" for number in range(first, first + count))


def references(file: Path) -> list[str]:
    """The batches in a database and in its log, as whoever opens it next finds them."""
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [ref for (ref,) in connection.execute("SELECT reference FROM batches ORDER BY 1")]
