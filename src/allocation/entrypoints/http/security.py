"""Protection against cross-site requests: only this service's own pages may request changes."""

from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request

from allocation.entrypoints.http.errors import ForbiddenOrigin
from allocation.entrypoints.http.request_headers import header

_SAFE: Final = {"GET", "HEAD", "OPTIONS"}
_ALLOWED_SITES: Final = {"same-origin", "none"}
"""Allowed values of Sec-Fetch-Site; with "none" the user has typed the address."""


async def refuse_other_sites(request: Request[Any, Any, Any]) -> None:
    """Refuse a change that a page of another site requests through its visitor's browser.

    Browsers state the origin of a request; other clients do not, and need not.

    Raises:
        ForbiddenOrigin: the request comes from a page of another site.
    """
    if request.method in _SAFE:
        return
    if _is_cross_site(request):
        raise ForbiddenOrigin("Requests from the pages of other sites are refused")


def _is_cross_site(request: Request[Any, Any, Any]) -> bool:
    site = header(request, b"sec-fetch-site")
    if site is not None:
        return site not in _ALLOWED_SITES
    origin = header(request, b"origin")
    return origin is not None and _netloc(origin) != header(request, b"host")


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # not a URL
        return None
