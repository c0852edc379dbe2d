"""The page `/docs`, which shows the API document; it has no inline scripts and no inline styles."""

from typing import Any, Final

from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

from allocation.entrypoints.http.assets import FOLDER

PAGE: Final = f"""\
<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>allocation</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="{FOLDER}/index.css">
    <link rel="stylesheet" href="{FOLDER}/swagger-ui.css">
    <script src="{FOLDER}/swagger-ui-bundle.js" defer></script>
    <script src="{FOLDER}/start.js" defer></script>
  </head>
  <body>
    <div id="swagger-container"></div>
  </body>
</html>
""".encode()


class DocsPage(OpenAPIRenderPlugin):
    """Renders the page, whose script loads the document."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002 - as the framework calls it
        """The page in HTML."""
        return PAGE
