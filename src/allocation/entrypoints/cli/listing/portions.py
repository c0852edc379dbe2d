"""Reads a list in portions, so that memory does not grow with its length."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from allocation.bootstrap import Queries
from allocation.entrypoints.cli.console import progress, read_only
from allocation.errors import InputError, InvalidValue
from allocation.views import MOST_LISTED, Listing

AT_ONCE: Final = 10_000
"""The maximum number of rows in a portion; for each, the database is opened anew."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Some rows, and the cursor of the next ones; None if there are no more."""

    rows: list[Any]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked of a list; without a limit, all of it."""

    listing: Listing[Any]
    filters: Mapping[str, str]
    sort: str | None
    limit: int | None
    after: str | None
    database: str | None


def portions(asked: Selection) -> Iterator[Portion]:
    """The portions of a list, with progress on a terminal; at least one.

    Raises:
        InputError: a filter, the order or the cursor is invalid.
    """
    columns = (SpinnerColumn(), TextColumn("{task.fields[rows]:,} rows"), TimeElapsedColumn())
    count, after = 0, asked.after
    with progress(*columns) as bar:
        task = bar.add_task("", total=None, rows=0)
        while True:
            left = AT_ONCE if asked.limit is None else asked.limit - count
            portion = _read(asked, after, min(left, AT_ONCE))
            count, after = count + len(portion.rows), portion.next_after
            bar.update(task, rows=count)
            yield portion
            if after is None or count == asked.limit:
                return


def _read(asked: Selection, after: str | None, most: int) -> Portion:
    try:
        return read_only(asked.database, lambda queries: _portion(queries, asked, after, most))
    except InvalidValue as error:
        raise InputError(str(error)) from error


def _portion(queries: Queries, asked: Selection, after: str | None, most: int) -> Portion:
    rows, today = list[Any](), queries.today()
    while True:
        page = queries.views.lists.page(
            asked.listing,
            today,
            asked.filters,
            sort=asked.sort,
            limit=min(most - len(rows), MOST_LISTED),
            after=after,
        )
        rows += page.rows
        after = None if page.next_after is None else str(page.next_after)
        if after is None or len(rows) == most:
            return Portion(rows, after)
