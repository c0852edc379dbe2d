"""`GET /board/static/...`: the files that the pages load."""

from litestar import Response, get
from litestar.params import FromPath

from allocation.entrypoints.board.addresses import STATIC
from allocation.entrypoints.board.assets import FILES, VERSION
from allocation.entrypoints.board.pages import page_options
from allocation.entrypoints.http.errors import NotFound


@get(f"{STATIC}/{{version:str}}/{{name:str}}", **page_options())
async def static_file(version: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """A file of the pages.

    Raises:
        NotFound: there is no such file.
    """
    if name not in FILES:
        raise NotFound("Not Found")
    file = FILES[name]
    lasting = "private, max-age=31536000, immutable" if version == VERSION else "no-cache"
    headers = {"Cache-Control": lasting, "ETag": f'"{file.tag}"'}
    return Response(file.content, media_type=file.media_type, headers=headers)
