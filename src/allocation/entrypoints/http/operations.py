"""The operations of the OpenAPI document: their bodies, parameters and errors."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from inspect import getdoc
from typing import Any, Final

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    Example,
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Parameter,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIType

from allocation import errors
from allocation.bootstrap import MessageType
from allocation.entrypoints.http import dry_runs
from allocation.entrypoints.http import errors as http
from allocation.entrypoints.http.error_responses import Failure, code_of, status_of
from allocation.entrypoints.http.requests import PARAMETER
from allocation.entrypoints.http.schemas import (
    answer_line_schema,
    event_schema,
    line_schema,
    lines_schema,
    name_schema,
)

NDJSON: Final = "application/x-ndjson"
TEXT: Final = "text/plain"
"""Also used for lines of JSON, and shown with the example: for a media type with "json" in its
name, the documentation page would quote the example as a single JSON string."""

EVERYWHERE: Final = (
    *(http.MalformedRequest, http.MissingHost, http.InvalidHost, http.RepeatedHeader),
    *(http.HostNotAllowed, http.HeaderTooLarge, http.HeaderTimeout, http.TooManyConnections),
    *(http.KeyInUrl, http.KeyRequired, http.InvalidKey, http.ForbiddenScope),
    *(http.SessionEnded, http.TooManyRequests, http.TooManyInvalidKeys),
    *(http.InternalError, errors.StoreUnavailable),
)
"""The errors of every operation."""

OF_CHANGES: Final = (
    *(http.ForbiddenOrigin, http.InvalidCsrfToken, errors.Busy, errors.Stopping),
    *(errors.Conflict, errors.Locked, errors.StoreLost, errors.Fatal),
)
"""The errors of every operation that changes something."""

OF_BODIES: Final = (
    *(http.InvalidBody, http.WrongEncoding, http.MissingField, http.UnknownField),
    *(http.RepeatedField, errors.InvalidValue, http.BodyTooLarge),
    *(http.BodyTimeout, http.BodyTooSlow, http.NoRoomForBody),
)
"""The errors of every operation with a body."""


def failing(*kinds: type[Exception]) -> dict[int, ResponseSpec]:
    """The error responses of an operation, by status: these, and those of every operation."""
    meanings: dict[int, list[str]] = {}
    for kind in (*kinds, *EVERYWHERE):
        meaning = (getdoc(kind) or "").partition("\n")[0]
        meanings.setdefault(status_of(kind), []).append(f"`{code_of(kind)}`: {meaning}")
    return {
        status: ResponseSpec(Failure, generate_examples=False, description="\n\n".join(lines))
        for status, lines in sorted(meanings.items())
    }


@dataclass
class Documented(Operation):
    """An operation with the documentation that the framework does not generate."""

    def __post_init__(self) -> None:
        if self.description and " " not in (self.summary or ""):  # generated from a function name
            self.summary = self.description.partition("\n")[0].rstrip(".")
        for parameter in self.parameters or ():
            if isinstance(parameter, Parameter) and parameter.param_in == "path":
                parameter.schema = name_schema()
        for status in ("429", "503"):
            response = (self.responses or {}).get(status)
            if isinstance(response, OpenAPIResponse):
                response.headers = {"Retry-After": _retry_after()}


@dataclass
class Public(Documented):
    """An operation that needs no key."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.security = []


@dataclass
class Paged(Documented):
    """An operation whose response is a page of a list."""

    def __post_init__(self) -> None:
        super().__post_init__()
        response = (self.responses or {}).get("200")
        if isinstance(response, OpenAPIResponse):
            response.headers = {"Link": _link_to_next_page()}


@dataclass
class WithKey(Documented):
    """An operation that accepts an `Idempotency-Key`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.parameters = [*(self.parameters or ()), PARAMETER]


def with_event_body(entry: MessageType[Any]) -> type[Operation]:
    """An operation whose body is a message of this type."""
    schema = event_schema(entry)

    @dataclass
    class WithEventBody(WithKey):
        def __post_init__(self) -> None:
            super().__post_init__()
            self.parameters = [*(self.parameters or ()), dry_runs.PARAMETER]
            for response in (self.responses or {}).values():
                _let_several_match(response)
            self.request_body = RequestBody(
                required=True, content={"application/json": OpenAPIMediaType(schema=schema)}
            )

    return WithEventBody


def with_lines_body(entries: Collection[MessageType[Any]]) -> type[Operation]:
    """An operation whose body has one JSON object per line, each a message of these types."""
    schemas = [line_schema(entry) for entry in entries]
    lines = [json.dumps(line) for schema in schemas for line in schema.examples or ()]
    each, example = Schema(one_of=schemas), "\n".join(lines)
    body = lines_schema(each, "One message per line")
    answers = lines_schema(answer_line_schema(entries), "One answer per line")

    @dataclass
    class WithLinesBody(Documented):
        def __post_init__(self) -> None:
            super().__post_init__()
            self.parameters = [*(self.parameters or ()), dry_runs.PARAMETER]
            text = OpenAPIMediaType(body, examples={"messages": Example(value=example)})
            self.request_body = RequestBody(content={TEXT: text, NDJSON: OpenAPIMediaType(body)})
            response = (self.responses or {}).get("200")
            if isinstance(response, OpenAPIResponse):
                response.content = {NDJSON: OpenAPIMediaType(answers)}

    return WithLinesBody


def _let_several_match(response: object) -> None:
    """Turn `oneOf` into `anyOf`: the longer of two bodies is also valid as the shorter one."""
    content = response.content if isinstance(response, OpenAPIResponse) else None
    for media in (content or {}).values():
        if isinstance(media.schema, Schema) and media.schema.one_of:
            media.schema.any_of, media.schema.one_of = media.schema.one_of, None


def _retry_after() -> OpenAPIHeader:
    return OpenAPIHeader(
        schema=Schema(type=OpenAPIType.INTEGER, minimum=1),
        description="Seconds after which the client may try again",
        required=True,
    )


def _link_to_next_page() -> OpenAPIHeader:
    return OpenAPIHeader(
        schema=Schema(type=OpenAPIType.STRING),
        description='The address of the next page, if any: `<...>; rel="next"` (RFC 8288)',
    )
