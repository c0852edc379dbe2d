"""The documentation of lists in the OpenAPI document, derived from their descriptions."""

from dataclasses import dataclass, make_dataclass
from functools import cache
from typing import Any, Final

from litestar.openapi.spec import (
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Parameter,
    Reference,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from allocation.entrypoints.http.operations import NDJSON, Paged
from allocation.entrypoints.http.schemas import lines_schema, name_schema
from allocation.views import LISTED, LOOKED_AT, MOST_DAYS, MOST_LISTED, Filter, Listing

CSV: Final = "text/csv"

_FORMATS: Final = f"""\
JSON has a page of at most `limit` rows, and the address of the `next` page, which is also in the \
header `Link`; null on the last page. If a filter or the list skips entries, a page is looked for \
among {LOOKED_AT:,} entries: it may be shorter than `limit`, or empty, although it is not the last \
one.

`Accept: {NDJSON}` asks for one JSON object per line, `Accept: {CSV}` for CSV (RFC 4180, in \
UTF-8, with a line of column names). Without `limit`, they have the whole list, in no one state of \
the stock: what changes meanwhile may be missing. If the list cannot be read to the end, the \
connection is closed without the end of the response."""


@cache
def page_type(listing: Listing[Any]) -> Any:
    """The type of a JSON object with a page of a list."""
    kind = make_dataclass(
        f"{listing.name.capitalize()}Page",
        [(listing.items, list[listing.row]), ("next", str | None)],  # type: ignore[name-defined]
        frozen=True,
        slots=True,
    )
    kind.__doc__ = f"A page of {listing.nouns}; `next` is the address of the next page."
    return kind


def description(listing: Listing[Any]) -> str:
    """The description of the endpoint of a list."""
    return f"{listing.title}.\n\n{listing.about}\n\n{_FORMATS}"


def operation(listing: Listing[Any]) -> type[Operation]:
    """The operation of a list."""

    @dataclass
    class OfList(Paged):
        def __post_init__(self) -> None:
            super().__post_init__()
            self.parameters = [*_of_every_list(listing), *map(_parameter, listing.filters)]
            response = (self.responses or {}).get("200")
            if isinstance(response, OpenAPIResponse):
                _add_formats(response, listing)

    return OfList


def _of_every_list(listing: Listing[Any]) -> list[Parameter]:
    sorts = "; ".join(f"`{name}`: {about}" for name, about in listing.sorts.items())
    return [
        Parameter(
            name="limit",
            param_in="query",
            description="The maximum number of rows on the page",
            schema=Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=MOST_LISTED, default=LISTED),
        ),
        Parameter(
            name="after",
            param_in="query",
            description="The cursor of a page, as in the address `next`",
            schema=Schema(type=OpenAPIType.STRING),
        ),
        Parameter(
            name="sort",
            param_in="query",
            description=f"The order: {sorts}",
            schema=Schema(type=OpenAPIType.STRING, enum=[*listing.sorts]),
        ),
    ]


def _parameter(given: Filter) -> Parameter:
    return Parameter(
        name=given.name, param_in="query", description=given.about, schema=_schema(given)
    )


def _schema(given: Filter) -> Schema:
    match given.kind:
        case "date":
            return Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE)
        case "flag":
            return Schema(type=OpenAPIType.BOOLEAN)
        case "choice":
            return Schema(type=OpenAPIType.STRING, enum=[*given.choices])
        case "number":
            return Schema(type=OpenAPIType.INTEGER, minimum=0, maximum=MOST_DAYS)
        case "name":
            return name_schema()


def _add_formats(response: OpenAPIResponse, listing: Listing[Any]) -> None:
    row = Reference(ref=f"#/components/schemas/{listing.row.__name__}")
    lines = lines_schema(Schema(all_of=[row]), "One row per line")
    text = Schema(type=OpenAPIType.STRING, description="One row per line, after a header")
    response.content = {
        **(response.content or {}),
        NDJSON: OpenAPIMediaType(lines),
        CSV: OpenAPIMediaType(text),
    }
    response.headers = {
        **(response.headers or {}),
        "Content-Disposition": OpenAPIHeader(
            schema=Schema(type=OpenAPIType.STRING), description="The name of the file, for CSV"
        ),
    }
