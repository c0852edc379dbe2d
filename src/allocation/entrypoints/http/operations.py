"""The operations of the API's document: their bodies, their parameters, how they can fail."""

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
"""Lines of JSON, too. It is the one with the example: of a type with "json" in its name the API's
page takes an example that is a text for a JSON string, and sends it with quotes around it."""

EVERYWHERE: Final = (
    *(http.MalformedRequest, http.MissingHost, http.InvalidHost, http.RepeatedHeader),
    *(http.HostNotAllowed, http.HeaderTooLarge, http.HeaderTimeout, http.TooManyConnections),
    *(http.InternalError, errors.StoreUnavailable),
)
"""What every operation can answer."""

OF_CHANGES: Final = (
    *(http.ForbiddenOrigin, errors.Busy, errors.Stopping, errors.Conflict, errors.Locked),
    *(errors.StoreLost, errors.Fatal),
)
"""What every operation can answer that changes something."""

OF_BODIES: Final = (
    *(http.InvalidBody, http.WrongEncoding, http.MissingField, http.UnknownField),
    *(http.RepeatedField, errors.InvalidValue, http.BodyTooLarge),
    *(http.BodyTimeout, http.BodyTooSlow, http.NoRoomForBody),
)
"""What every operation can answer that has a body."""


def failing(*kinds: type[Exception]) -> dict[int, ResponseSpec]:
    """The ways in which an operation can fail: these, and those of every one, by status."""
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
    """An operation, with what the framework does not know of it."""

    def __post_init__(self) -> None:
        if self.description and " " not in (self.summary or ""):  # made of a function's name
            self.summary = self.description.partition("\n")[0].rstrip(".")
        for parameter in self.parameters or ():
            if isinstance(parameter, Parameter) and parameter.param_in == "path":
                parameter.schema = name_schema()
        response = (self.responses or {}).get("503")
        if isinstance(response, OpenAPIResponse):
            response.headers = {"Retry-After": _retry_after()}


@dataclass
class Paged(Documented):
    """An operation whose answer is one page of several."""

    def __post_init__(self) -> None:
        super().__post_init__()
        response = (self.responses or {}).get("200")
        if isinstance(response, OpenAPIResponse):
            response.headers = {"Link": _link_to_next_page()}


@dataclass
class TakingKey(Documented):
    """An operation that takes an `Idempotency-Key`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.parameters = [*(self.parameters or ()), PARAMETER]


def asking_for(entry: MessageType[Any]) -> type[Operation]:
    """An operation whose body is a message of this type."""
    schema = event_schema(entry)

    @dataclass
    class AskingForEvent(TakingKey):
        def __post_init__(self) -> None:
            super().__post_init__()
            self.request_body = RequestBody(
                required=True, content={"application/json": OpenAPIMediaType(schema=schema)}
            )

    return AskingForEvent


def asking_for_lines(entries: Collection[MessageType[Any]]) -> type[Operation]:
    """An operation whose body is lines of JSON, each a message of one of these types."""
    schemas = [line_schema(entry) for entry in entries]
    lines = [json.dumps(line) for schema in schemas for line in schema.examples or ()]
    each, example = Schema(one_of=schemas), "\n".join(lines)
    asked = lines_schema(each, "A message a line")
    answered = lines_schema(answer_line_schema(entries), "An answer a line")

    @dataclass
    class AskingForLines(Documented):
        def __post_init__(self) -> None:
            super().__post_init__()
            text = OpenAPIMediaType(asked, examples={"messages": Example(value=example)})
            self.request_body = RequestBody(content={TEXT: text, NDJSON: OpenAPIMediaType(asked)})
            response = (self.responses or {}).get("200")
            if isinstance(response, OpenAPIResponse):
                response.content = {NDJSON: OpenAPIMediaType(answered)}

    return AskingForLines


def _retry_after() -> OpenAPIHeader:
    return OpenAPIHeader(
        schema=Schema(type=OpenAPIType.INTEGER, minimum=1),
        description="Seconds after which it may be tried again",
        required=True,
    )


def _link_to_next_page() -> OpenAPIHeader:
    return OpenAPIHeader(
        schema=Schema(type=OpenAPIType.STRING),
        description='Where the next page is, if there is one: `<...>; rel="next"` (RFC 8288)',
    )
