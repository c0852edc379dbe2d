"""Dry runs over HTTP: the query parameter `dry_run` of every POST that sends messages."""

from typing import Any, Final
from urllib.parse import parse_qsl

from litestar import Request
from litestar.openapi.spec import Parameter, Schema
from litestar.openapi.spec.enums import OpenAPIType

from allocation.errors import InvalidValue

NAME: Final = "dry_run"

PARAMETER: Final = Parameter(
    name=NAME,
    param_in="query",
    description=(
        "With `true`, nothing is changed, and no key is recorded: the answer tells what would "
        "happen, has `dry_run` in addition, and lists in `moved` the order lines that would move. "
        "`complete` is false if there are more than 10,000 of them; these are the first. A key "
        "that was used before gets its recorded answer, without `dry_run`."
    ),
    schema=Schema(type=OpenAPIType.BOOLEAN, default=False),
)
"""The parameter in the API documentation."""

_VALUES: Final = {"true": True, "false": False}


def is_dry_run(request: Request[Any, Any, Any]) -> bool:
    """Whether a request is for a dry run.

    A mistyped name is an error: without it, the request would really change something.

    Raises:
        InvalidValue: the parameter is neither true nor false, or present more than once, or there
            is another one.
    """
    query: bytes = request.scope.get("query_string", b"")
    if not query:
        return False
    values = list[str]()
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name != NAME:
            raise InvalidValue(name, value, f"is not a parameter here: the only one is {NAME}")
        values.append(value)
    if len(values) > 1:
        raise InvalidValue(NAME, ", ".join(values), "is present more than once")
    if values and values[0] not in _VALUES:
        raise InvalidValue(NAME, values[0], "must be true or false")
    return bool(values) and _VALUES[values[0]]


def refuse_dry_run(request: Request[Any, Any, Any]) -> None:
    """Refuse the parameter on a request that has no dry run, instead of changing something.

    Raises:
        InvalidValue: the request has a parameter other than `dry_run=false`.
    """
    if is_dry_run(request):
        raise InvalidValue(NAME, "true", "is not possible here: this request has no dry run")
