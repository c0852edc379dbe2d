"""The parameters of lists: the name in the path, and the cursor of a page."""

import re
from typing import Annotated, Any, Final
from urllib.parse import unquote

from litestar import Request
from litestar.datastructures import State
from litestar.params import QueryParameter

from allocation.errors import InvalidValue

MOST_LISTED: Final = 1_000
"""The maximum length of a page."""

_CURSOR: Final = re.compile("^-?[0-9]{1,18}$", re.ASCII)
"""The cursor in `next`: the number of a message, which may be negative."""

Cursor = Annotated[
    str,
    QueryParameter(
        description="The cursor of a page, as in the address `next`",
        schema_extra={"pattern": _CURSOR.pattern},
    ),
]


SkuFilter = Annotated[str | None, QueryParameter(description="Only the lines for this sku")]


def limit_on(nouns: str) -> QueryParameter:
    """The parameter `limit` of a list of these."""
    return QueryParameter(
        ge=1, le=MOST_LISTED, description=f"The maximum number of {nouns} to list"
    )


def number_of(cursor: str) -> int:
    """The number of a message that a cursor stands for.

    Raises:
        InvalidValue: the text is not a cursor.
    """
    if not _CURSOR.fullmatch(cursor):
        raise InvalidValue("after", cursor, "is not a cursor: use the address in `next`")
    return int(cursor)


def name_after(prefix: str, request: Request[Any, Any, State], routed: str) -> str:
    """The name at the end of the raw path; the router would drop slashes in the name.

    Clients remove the segments "." and "..", even percent-encoded, before they send a path. Such
    a name is sent with a blank after it, which no name has.
    """
    path = request.scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")
    name = unquote(path.removeprefix(prefix)) if path.startswith(prefix) else routed.lstrip("/")
    return name.rstrip(" ") if name in (". ", ".. ") else name
