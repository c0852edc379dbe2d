"""Exported files, as a test reads them."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest import mock

from allocation.adapters.sql.engine.pages import pages

TABLES: Final = ("batches", "orders", "backorders", "pick-list")
"""The names of the tables that are exported."""


def csv_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, by the names of the columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by(rows: list[dict[str, Any]], *columns: str) -> dict[Any, dict[str, Any]]:
    """The rows by some of their columns, which identify them."""
    key = [tuple(row[column] for column in columns) for row in rows]
    assert len({*key}) == len(key)
    return {k if len(k) > 1 else k[0]: row for k, row in zip(key, rows, strict=True)}


@contextmanager
def in_pages_of_two() -> Iterator[None]:
    """Let queries be read in very short pages."""
    with mock.patch.object(pages, "__kwdefaults__", {"order": (), "size": 2}):
        yield
