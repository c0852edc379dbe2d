"""Queries of lists."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import TypeVar

from sqlalchemy import text

from allocation.adapters.sql.engine.database import Database
from allocation.views.listed import LISTED
from allocation.views.lists.cursors import cursor_of
from allocation.views.lists.listing import MOST_LISTED, Listing, Page, Query
from allocation.views.lists.reading import page_of

R = TypeVar("R")


class ListViews:
    """Queries of lists; each page is read in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
        return self._page(listing, Query(today, order, values, limit, place))

    def pages(
        self,
        listing: Listing[R],
        today: date,
        filters: Mapping[str, str] | None = None,
        *,
        sort: str | None = None,
        after: str | None = None,
    ) -> Iterator[Page[R]]:
        """All pages of a list from a place on, one after the other.

        What changes meanwhile may be listed or not; what does not change is listed once.
        """
        page = self.page(listing, today, filters, sort=sort, limit=MOST_LISTED, after=after)
        yield page
        while page.next_after is not None:
            page = self.page(
                listing, today, filters, sort=sort, limit=MOST_LISTED, after=str(page.next_after)
            )
            yield page

    def _page(self, listing: Listing[R], query: Query) -> Page[R]:
        binary = self._is_binary
        with self._database.reading() as connection:
            return page_of(connection, listing, query, binary=binary)

    @cached_property
    def _is_binary(self) -> bool:
        """Whether the database compares texts by their code points."""
        if self._database.is_sqlite:
            return True
        with self._database.reading() as connection:
            return bool(connection.execute(text("SELECT 'Z' < 'a' AND 'a-b' < 'aa'")).scalar_one())
