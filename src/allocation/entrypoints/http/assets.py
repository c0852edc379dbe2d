"""The scripts and styles of the API's page, from their wheel."""

from pathlib import Path
from typing import Final

import swagger_ui_bundle
from litestar import get
from litestar.params import FromPath
from litestar.response import File

from allocation.entrypoints.http.errors import NotFound

FOLDER: Final = "/docs/assets"

CHUNK: Final = 16 * 1024
"""Bytes that are read ahead of a client who does not read them."""

_FILES: Final = {file.name: file for file in Path(swagger_ui_bundle.swagger_ui_path).iterdir()}
"""Looked for by name here, and not in the file system: not every name can be asked of that."""


@get(f"{FOLDER}/{{name:str}}", include_in_schema=False)
async def asset(name: FromPath[str]) -> File:
    """One of them."""
    if name not in _FILES:
        raise NotFound("Not Found")
    return File(_FILES[name], filename=name, content_disposition_type="inline", chunk_size=CHUNK)
