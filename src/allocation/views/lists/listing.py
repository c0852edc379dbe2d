"""The description of a list, from which its HTTP endpoint, command and documentation derive."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final, Generic, Literal, NamedTuple, TypeVar

from sqlalchemy import Row

from allocation.domain.errors import InvalidValue
from allocation.views.lists.batch_lines import BatchLines
from allocation.views.lists.cursors import Cursor
from allocation.views.lists.filters import Filter
from allocation.views.lists.index_scan import IndexScan

R = TypeVar("R")

Values = Mapping[str, Any]
"""The values of the filters that are given, by name."""

MOST_LISTED: Final = 1_000
"""The maximum length of a page."""

LOOKED_AT: Final = 10_000
"""The maximum number of entries that a page looks at when it may skip some, or sums them up."""


class SearchLimits(NamedTuple):
    """The maximum number of entries that one statement, and one page, may look at."""

    statement: int = 1_000
    page: int = LOOKED_AT


DEFAULT_SEARCH: Final = SearchLimits()


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """A page of a list; `next_after` is the cursor of the next page, None on the last one.

    A page that is not the last one may be shorter than asked for, even empty: see `LOOKED_AT`.
    """

    rows: list[R]
    next_after: Cursor | None


class Query(NamedTuple):
    """What is asked of a list."""

    today: date
    sort: str
    values: Values
    limit: int
    after: Cursor | None
    search: SearchLimits = DEFAULT_SEARCH


@dataclass(frozen=True, eq=False, kw_only=True)
class Listing(Generic[R]):
    """The description of a list.

    Attributes:
        name: its path over HTTP and its command.
        items: the name of the list in a JSON object.
        nouns: the plural of what is listed.
        title: a line that says what it is.
        about: more about its rows and their order.
        empty: what is said of an empty list.
        tag: the group of its endpoint in the documentation of the API.
        row: the dataclass of its rows; the fields are the columns.
        filters: what it can be restricted to.
        sorts: the orders in which it can be listed; the first one is the default.
        scans: the index scans that list it in an order, given the filters.
        row_of: makes a row from that of the database, and from the date today.
        resolve: replaces the values of filters by those that the statements have.
        default_sort: the order in which it is listed if none is asked for, given the filters.
        batch_lines: how its lines are found by their batches, in place of index scans, given the
            filters; the values of a cursor are the same.
    """

    name: str
    items: str
    nouns: str
    title: str
    about: str
    empty: str
    tag: Literal["stock", "orders"]
    row: type[R]
    filters: tuple[Filter, ...]
    sorts: Mapping[str, str]
    scans: Callable[[str, Values], tuple[IndexScan, ...]] = lambda _sort, _values: ()
    row_of: Callable[[Row[Any], date], R]
    resolve: Callable[[Values, date], Values] = lambda values, _today: values
    default_sort: Callable[[Values], str] | None = None
    batch_lines: Callable[[Values], BatchLines | None] = lambda _values: None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(field.name for field in fields(self.row))  # type: ignore[arg-type]

    def parse(self, texts: Mapping[str, str]) -> Values:
        """The values of filters that are given as texts.

        Raises:
            InvalidValue: there is no such filter, or a text does not stand for a value.
        """
        filters = {each.name: each for each in self.filters}
        for name in texts.keys() - filters.keys():
            names = ", ".join(filters)
            raise InvalidValue(name, texts[name], f"is not a parameter here: those are {names}")
        return {name: filters[name].parse(text) for name, text in texts.items()}

    def sort_of(self, sort: str | None, values: Values) -> str:
        """The order that is asked for, or the default one.

        Raises:
            InvalidValue: the list has no such order.
        """
        if sort is None:
            return (
                next(iter(self.sorts)) if self.default_sort is None else self.default_sort(values)
            )
        if sort not in self.sorts:
            raise InvalidValue("sort", sort, f"is not one of {', '.join(self.sorts)}")
        return sort
