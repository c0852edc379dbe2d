"""The story of an order: what its lines have lived through, line by line."""

from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from allocation.entrypoints.board.page_request import PageRequest
from allocation.entrypoints.http.parameters import number_of
from allocation.views import LineFilter, StoryEntry

ENTRIES: Final = 100
"""The number of entries on a page."""


class Chapter(NamedTuple):
    """The entries of one line, the oldest first."""

    sku: str
    line: str
    entries: list[StoryEntry]


def story_of(asked: PageRequest, orderid: str, lines: LineFilter) -> dict[str, object]:
    """A page of the story of an order, or of some of its lines, for a template.

    Raises:
        InvalidValue: `after` is not a cursor.
    """
    after = number_of(asked.query.get("after", "0"))
    page = asked.application.views.histories.page(orderid, lines, after=after, limit=ENTRIES)
    following = None if page is None else page.next_after
    return {
        "chapters": [] if page is None else _chapters(page.entries),
        "known_since": None if page is None else page.known_since,
        "next_page": None if following is None else asked.address_with(after=following),
        "first_page": asked.address_with(after=None) if after else None,
    }


def _chapters(entries: list[StoryEntry]) -> list[Chapter]:
    by_line = attrgetter("sku", "line")
    grouped = groupby(sorted(entries, key=by_line), key=by_line)  # the sort is stable
    return [Chapter(sku, line, list(group)) for (sku, line), group in grouped]
