"""Pages of lists: filters in the address, one page after the other, and the same as CSV."""

from typing import Any, Final
from urllib.parse import urlencode

from allocation.entrypoints.board.addresses import csv_list
from allocation.entrypoints.board.page_request import PageRequest
from allocation.views import LISTS, Listing

ROWS: Final = 50
"""The number of rows on a page."""

_OF_PAGES: Final = ("after", "sort", "show", "done")


def list_named(name: str) -> Listing[Any]:
    """The list with this name."""
    return next(listing for listing in LISTS if listing.name == name)


def filters_in(asked: PageRequest) -> dict[str, str]:
    """The filters that are set in the address of a page."""
    return {
        name: value
        for name, value in asked.query.items()
        if name not in _OF_PAGES and value.strip()
    }


def listed(asked: PageRequest, listing: Listing[Any]) -> dict[str, object]:
    """What the page of a list shows: its rows, the filters that are set, and its links.

    Raises:
        InvalidValue: a parameter is not one of the list, or has an invalid value.
    """
    filters = filters_in(asked)
    sort, after = asked.query.get("sort") or None, asked.query.get("after")
    page = asked.application.views.lists.page(
        listing, asked.today, filters, sort=sort, limit=ROWS, after=after
    )
    following = None if page.next_after is None else asked.address_with(after=page.next_after)
    return {
        "rows": page.rows,
        "filters": filters,
        "sort": listing.sort_of(sort, filters),
        "nouns": listing.nouns,
        "empty": listing.empty,
        "next_page": following,
        "first_page": asked.address_with(after=None) if after else None,
        "csv": csv_address(listing, filters, sort),
    }


def csv_address(listing: Listing[Any], filters: dict[str, str], sort: str | None) -> str:
    """The address of the whole list as CSV."""
    query = {**filters, **({} if sort is None else {"sort": sort})}
    return csv_list(listing.name) + (f"?{urlencode(query)}" if query else "")
