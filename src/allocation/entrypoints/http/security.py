"""Who may ask for changes: services, and pages that this service has served itself."""

from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request

from allocation.entrypoints.http.errors import ForbiddenOrigin
from allocation.entrypoints.http.request_headers import header

_SAFE: Final = {"GET", "HEAD", "OPTIONS"}
_HERE: Final = {"same-origin", "none"}
"""None: the reader has typed the address."""


async def refuse_other_sites(request: Request[Any, Any, Any]) -> None:
    """Keep the page of another site from changing anything through its reader's browser.

    Browsers say where a request comes from; nobody else does, and nobody else is asked.

    Raises:
        ForbiddenOrigin: it comes from another site's page.
    """
    if request.method in _SAFE:
        return
    if _comes_from_elsewhere(request):
        raise ForbiddenOrigin("Requests from the pages of other sites are refused")


def _comes_from_elsewhere(request: Request[Any, Any, Any]) -> bool:
    site = header(request, b"sec-fetch-site")
    if site is not None:
        return site not in _HERE
    origin = header(request, b"origin")
    return origin is not None and _place(origin) != header(request, b"host")


def _place(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # it is no URL at all
        return None
