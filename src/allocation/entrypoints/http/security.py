"""Checks of the Host header, and of the origin of changes.

A page of another site can make its own domain resolve to this machine (DNS rebinding). The
visitor's browser then takes the service for that site, and only the Host header shows the
difference. In a browser, only this service's own pages may request changes.
"""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request
from litestar.types import HTTPScope

from allocation.config.hosts import ANY_HOST, canonical_host
from allocation.entrypoints.http.errors import (
    ForbiddenOrigin,
    HostNotAllowed,
    InvalidHost,
    MissingHost,
)
from allocation.entrypoints.http.requests import BLANKS, RequestHeaders, headers_of

LOCALHOST: Final = "localhost"

CACHE_SIZE: Final = 256
"""Allowed header values that are cached; a service has a few names."""

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods that change nothing."""

_ALLOWED_SITES: Final = {"same-origin", "none"}
"""Allowed values of Sec-Fetch-Site; with "none" the user has typed the address."""


class AllowedHosts:
    """Loopback names and addresses, the address of the connection, and the configured hosts."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """`allowed` are hosts in the form of `canonical_host`; `*` allows any."""
        self._allowed = frozenset({LOCALHOST, *allowed})
        self._cache = dict[bytes, str | None]()
        """Allowed header values, each with the server address it is valid at, or None for any."""

    def check(self, scope: HTTPScope) -> None:
        """Refuse a request that is meant for another host.

        Raises:
            HostNotAllowed: the Host header names a host that the service does not serve.
            InvalidHost: the Host header is not a host with an optional port.
            MissingHost: the Host header is missing, and the request is not HTTP/1.0.
            RepeatedHeader: the Host header appears more than once.
        """
        headers = headers_of(scope)
        host = headers.values.get(b"host")
        if headers.repeated:
            headers.refuse_repeated(b"host")
        if host is None:
            if scope["http_version"] != "1.0":  # has no Host header; browsers do not speak it
                raise MissingHost("The Host header is missing", "Host")
            return
        if self._cache.get(host, "") is not None:
            server = scope["server"]
            self._check_at(scope, host, server[0] if server else None)

    def _check_at(self, scope: HTTPScope, host: bytes, address: str | None) -> None:
        if address is not None and self._cache.get(host) == address:
            return
        stripped = host.strip(BLANKS)
        valid_at = self._allowed_at(stripped.decode("latin-1"), address)
        if stripped != host:  # the framework would take the blanks as part of the host
            others = (header for header in scope["headers"] if header[0] != b"host")
            scope["headers"] = [(b"host", stripped), *others]
            return
        if len(self._cache) >= CACHE_SIZE:
            self._cache.clear()
        self._cache[host] = valid_at

    def _allowed_at(self, value: str, address: str | None) -> str | None:
        try:
            host = canonical_host(value)
        except ValueError:
            raise InvalidHost(f"Host {value!r:.80} is not a host name", "Host") from None
        if host in self._allowed or ANY_HOST in self._allowed or _is_loopback(host):
            return None
        if address is not None and _is_address(host, address):
            return address
        raise HostNotAllowed(f"This service does not serve the host {host:.80}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(host: str, address: str) -> bool:
    """Whether the host is the local address of the connection; a name never is."""
    try:
        ip_address(host)
        bare = address.partition("%")[0]
        return host == canonical_host(f"[{bare}]" if ":" in address else address)
    except ValueError:
        return False


async def refuse_other_sites(request: Request[Any, Any, Any]) -> None:
    """Refuse a change that a page of another site requests; Litestar runs it before endpoints.

    Raises:
        ForbiddenOrigin: the request comes from a page of another site.
    """
    if request.method not in SAFE_METHODS:
        check_site(headers_of(request.scope))


def check_site(headers: RequestHeaders) -> None:
    """Refuse a change that a page of another site requests through its visitor's browser.

    Browsers state the origin of a request; other clients do not, and need not.

    Raises:
        ForbiddenOrigin: the request comes from a page of another site.
    """
    if b"sec-fetch-site" in headers.values:
        allowed = headers.text(b"sec-fetch-site") in _ALLOWED_SITES
    elif b"origin" in headers.values:
        allowed = _netloc(headers.text(b"origin") or "") == headers.text(b"host")
    else:
        return
    if not allowed:
        raise ForbiddenOrigin("Requests from the pages of other sites are refused")


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # not a URL
        return None
