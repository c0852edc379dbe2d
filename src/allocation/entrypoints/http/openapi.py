"""The OpenAPI document, and the documentation page `/docs`, which works offline."""

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.enums import OpenAPIMediaType as OpenAPIDocument
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.router import Router
from litestar.types import Method
from litestar.types.internal_types import PathParameterDefinition

from allocation.access.scopes import Scope
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.docs_page import DocsPage
from allocation.entrypoints.http.errors import NotFound

KEY_SCHEME: Final = "key"

_KEY: Final = SecurityScheme(
    type="http",
    scheme="bearer",
    bearer_format="alk_...",
    description="An access key. A service without any key is open to its own machine.",
)


def config() -> OpenAPIConfig:
    """The metadata of the document, and the documentation page."""
    return OpenAPIConfig(
        title="allocation",
        version=version("allocation"),
        description="Allocates stock to order lines, and reallocates it when reality changes.",
        path="/docs",
        openapi_router=Router(
            "/docs",
            route_handlers=[],
            opt={ACCESS: Scope.READ},
            include_in_schema=False,
            after_request=json_errors,
        ),
        security=[{KEY_SCHEME: []}],
        components=Components(security_schemes={KEY_SCHEME: _KEY}),
        use_handler_docstrings=True,
        operation_id_creator=operation_id,
        render_plugins=[DocsPage(path="/")],
    )


def operation_id(
    _handler: HTTPRouteHandler, method: Method, path: Iterable[str | PathParameterDefinition]
) -> str:
    """The default id of an operation, made of its method and path."""
    parts = [part if isinstance(part, str) else part.name for part in path]
    return "_".join([method.lower(), *parts]).replace("-", "_")


async def json_errors(response: Response[Any]) -> Response[Any]:
    """Turn Litestar's HTML response for unknown paths below the page into a JSON error.

    Raises:
        NotFound: the response is a 404.
    """
    if response.status_code == NotFound.status:
        raise NotFound("Not Found")
    return response


@get(
    "/openapi.json",
    opt={ACCESS: Scope.READ},
    include_in_schema=False,
    media_type=OpenAPIDocument.OPENAPI_JSON,
)
async def document(request: Request[Any, Any, Any]) -> bytes:
    """The document at the path where most programs expect it."""
    return msgspec.json.encode(request.app.openapi_schema.to_schema())
