"""Queries of lists."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import TypeVar

from sqlalchemy import text

from allocation.adapters.sql.engine.database import Database
from allocation.views.listed import LISTED
from allocation.views.lists.cursors import cursor_of
from allocation.views.lists.listing import (
    DEFAULT_SEARCH,
    Listing,
    Page,
    Query,
    SearchLimits,
)
from allocation.views.lists.reading import page_of

R = TypeVar("R")


class ListViews:
    """Queries of lists; each page is read in a transaction of its own."""

    def __init__(
        self,
        database: Database,
        search: SearchLimits = DEFAULT_SEARCH,
        *,
        binary: bool | None = None,
    ) -> None:
        """`binary` is that of `IndexScan.is_range`; by default, the database is asked."""
        self._database = database
        self._search = search
        self._binary = binary

    def page(
        self,
        listing: Listing[R],
        today: date,
        filters: Mapping[str, str] | None = None,
        *,
        sort: str | None = None,
        limit: int = LISTED,
        after: str | None = None,
    ) -> Page[R]:
        """A page of a list, after the cursor of the previous page.

        Raises:
            InvalidValue: a filter, the order or the cursor is invalid.
        """
        values = listing.parse(filters or {})
        order = listing.sort_of(sort, values)
        place = None if after is None else cursor_of(after, listing.name, order)
        return self._page(listing, Query(today, order, values, limit, place, self._search))

    def _page(self, listing: Listing[R], query: Query) -> Page[R]:
        binary = self._is_binary
        with self._database.reading() as connection:
            return page_of(connection, listing, query, binary=binary)

    @cached_property
    def _is_binary(self) -> bool:
        """Whether the database compares texts by their code points."""
        if self._binary is not None or self._database.is_sqlite:
            return self._binary is not False
        with self._database.reading() as connection:
            return bool(connection.execute(text("SELECT 'Z' < 'a'")).scalar_one())
