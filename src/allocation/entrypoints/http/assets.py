"""Scripts and style sheets of the API documentation page, served from their wheel."""

from pathlib import Path
from typing import Final

import swagger_ui_bundle
from litestar import get
from litestar.params import FromPath
from litestar.response import File

from allocation.access.scopes import Scope
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.errors import NotFound

FOLDER: Final = "/docs/assets"

CHUNK: Final = 16 * 1024
"""The number of bytes buffered for a slow client."""

CACHED: Final = "private, max-age=3600"
"""An asset is the same for everybody, and stays the same until the service is updated."""

_START: Final = Path(__file__).with_name("start.js")
_FILES: Final = {
    file.name: file for file in (*Path(swagger_ui_bundle.swagger_ui_path).iterdir(), _START)
}
"""The files by name; requested names, which may be invalid paths, never reach the file system."""


@get(f"{FOLDER}/{{name:str}}", opt={ACCESS: Scope.READ}, include_in_schema=False)
async def asset(name: FromPath[str]) -> File:
    """Serve a script or style sheet."""
    if name not in _FILES:
        raise NotFound("Not Found")
    return File(
        _FILES[name],
        filename=name,
        content_disposition_type="inline",
        chunk_size=CHUNK,
        headers={"Cache-Control": CACHED},
    )
