"""Who may ask for changes: services, and pages that this service has served itself."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request
from litestar.exceptions import PermissionDeniedException

_SAFE: Final = {"GET", "HEAD", "OPTIONS"}
_ELSEWHERE: Final = {b"cross-site", b"same-site"}
_TELLING: Final = {b"sec-fetch-site", b"origin", b"host"}


async def refuse_other_sites(request: Request[Any, Any, Any]) -> None:
    """Keep the page of another site from changing anything through its reader's browser.

    Browsers say where a request comes from; nobody else does, and nobody else is asked.

    Raises:
        PermissionDeniedException: it comes from another site's page.
    """
    if request.method in _SAFE:
        return
    # As they came: to look at three of them is less than to make a mapping of all.
    if _comes_from_elsewhere(request.scope["headers"]):
        raise PermissionDeniedException("Requests from the pages of other sites are refused")


def _comes_from_elsewhere(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    told = {name: value for name, value in headers if name in _TELLING}
    site, origin = told.get(b"sec-fetch-site"), told.get(b"origin")
    if site is not None:
        return site in _ELSEWHERE
    return origin is not None and urlsplit(origin).netloc != told.get(b"host", b"")
