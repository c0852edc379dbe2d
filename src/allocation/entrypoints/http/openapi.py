"""The OpenAPI document, and its page: `/docs`, which needs nothing from the internet."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.enums import OpenAPIMediaType as OpenAPIDocument
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.router import Router

from allocation.domain.events import Event
from allocation.entrypoints.http.assets import FOLDER
from allocation.entrypoints.http.errors import NotFound
from allocation.entrypoints.http.keys import PARAMETER


@dataclass
class TakingKey(Operation):
    """An operation that takes an `Idempotency-Key`."""

    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or ()), PARAMETER]


def asking_for(event: type[Event], example: dict[str, Any]) -> type[Operation]:
    """An operation whose body is this event."""
    schema = _schema_of(event, example)

    @dataclass
    class AskingForEvent(TakingKey):
        def __post_init__(self) -> None:
            super().__post_init__()
            self.request_body = RequestBody(
                required=True, content={"application/json": OpenAPIMediaType(schema=schema)}
            )

    return AskingForEvent


def asking_for_lines(*examples: str) -> type[Operation]:
    """An operation whose body is lines of JSON."""
    schema = Schema(
        type="string",  # type: ignore[arg-type]  # the enum's own value
        description="A message a line",
        examples=["\n".join(examples)],
    )

    @dataclass
    class AskingForLines(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(
                required=True, content={"application/x-ndjson": OpenAPIMediaType(schema=schema)}
            )

    return AskingForLines


def _schema_of(event: type[Event], example: dict[str, Any]) -> Schema:
    (_, components) = msgspec.json.schema_components([event])
    told = components[event.__name__]
    return Schema(
        title=event.__name__,
        description=(event.__doc__ or "").strip(),
        type="object",  # type: ignore[arg-type]  # the enum's own value
        properties={name: _property(kind) for name, kind in told["properties"].items()},
        required=told["required"],
        examples=[example],
    )


def _property(told: dict[str, Any]) -> Schema:
    if "anyOf" in told:
        return Schema(one_of=[_property(kind) for kind in told["anyOf"]])
    return Schema(type=told["type"], format=told.get("format"))


def config() -> OpenAPIConfig:
    """What the document says of itself, and where it is shown."""
    return OpenAPIConfig(
        title="allocation",
        version=version("allocation"),
        description="Promises stock to order lines, and keeps its promises.",
        path="/docs",
        openapi_router=Router(
            "/docs", route_handlers=[], include_in_schema=False, after_request=in_json
        ),
        use_handler_docstrings=True,
        render_plugins=[
            SwaggerRenderPlugin(
                path="/",
                js_url=f"{FOLDER}/swagger-ui-bundle.js",
                css_url=f"{FOLDER}/swagger-ui.css",
                standalone_preset_js_url=f"{FOLDER}/swagger-ui-standalone-preset.js",
                favicon="<link rel='icon' href='data:,'>",
            )
        ],
    )


async def in_json(response: Response[Any]) -> Response[Any]:
    """What Litestar answers under the page's address; that there is nothing, it tells in HTML.

    Raises:
        NotFound: there is nothing.
    """
    if response.status_code == NotFound.status:
        raise NotFound("Not Found")
    return response


@get("/openapi.json", include_in_schema=False, media_type=OpenAPIDocument.OPENAPI_JSON)
async def document(request: Request[Any, Any, Any]) -> bytes:
    """The document, where most programs look for it; the page has it under its own address."""
    return msgspec.json.encode(request.app.openapi_schema.to_schema())
