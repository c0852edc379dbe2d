"""The query parameters of lists."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from litestar import Request

from allocation.errors import InvalidValue
from allocation.views import MOST_LISTED, Listing

_LIMIT: Final = re.compile("[0-9]{1,4}", re.ASCII)
OF_EVERY_LIST: Final = ("limit", "after", "sort")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The query parameters of a list.

    `limit` is the maximum number of rows, None if it is not given.
    """

    limit: int | None
    after: str | None
    sort: str | None
    filters: Mapping[str, str]

    @property
    def addressed(self) -> dict[str, str]:
        """The parameters that every page of the list has in its address."""
        return {**self.filters, **({} if self.sort is None else {"sort": self.sort})}


def parameters_of(request: Request[Any, Any, Any], listing: Listing[Any]) -> Parameters:
    """The parameters of a request; the view checks the values of most of them.

    Raises:
        InvalidValue: the list has no such parameter, or one is present more than once, or the
            limit is invalid, or a value is not UTF-8.
    """
    query: bytes = request.scope.get("query_string", b"")
    names = (*OF_EVERY_LIST, *(each.name for each in listing.filters))
    values = dict[str, str]()
    for name, value in _decoded(query):
        if name not in names:
            reason = f"is not a parameter here: the parameters are {', '.join(names)}"
            raise InvalidValue(name, value, reason)
        if name in values:
            raise InvalidValue(name, value, "is present more than once")
        values[name] = value
    limit, after, sort = (values.pop(name, None) for name in OF_EVERY_LIST)
    return Parameters(None if limit is None else _limit(limit), after, sort, values)


def _decoded(query: bytes) -> Iterator[tuple[str, str]]:
    """The names and values of a query string.

    Raises:
        InvalidValue: a value is not UTF-8.
    """
    text = query.decode("ascii", "surrogateescape")
    for pair in parse_qsl(text, keep_blank_values=True, errors="surrogateescape"):
        name, value = (part.encode("utf-8", "surrogateescape") for part in pair)
        readable = name.decode(errors="replace"), value.decode(errors="replace")
        if readable[1].encode() != value:
            raise InvalidValue(*readable, "is not UTF-8")
        yield readable


def _limit(text: str) -> int:
    if not _LIMIT.fullmatch(text) or not 1 <= int(text) <= MOST_LISTED:
        raise InvalidValue("limit", text, f"is not a number from 1 to {MOST_LISTED:,}")
    return int(text)
