"""The hosts for which the service answers.

A page of another site can make its own name lead to this machine (DNS rebinding). To the
reader's browser it is the page's own site then, and nothing but the header Host tells that
somebody else is meant.
"""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

from litestar.types import HTTPScope

from allocation.config.hosts import ANY_HOST, canonical_host
from allocation.entrypoints.http.errors import (
    HostNotAllowed,
    InvalidHost,
    MissingHost,
    RepeatedHeader,
)
from allocation.entrypoints.http.request_headers import BLANKS

LOCALHOST: Final = "localhost"

REMEMBERED: Final = 256
"""Values of the header that are known to be allowed; a service is called by a few."""


class AllowedHosts:
    """This machine's loopback names and addresses, the address called, and those configured."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """`allowed` are hosts as `canonical_host` writes them; among them, `*` is any."""
        self._allowed = frozenset({LOCALHOST, *allowed})
        self._known = dict[bytes, str | None]()
        """Values that are allowed: at the address that was called, or, None, at every one."""

    def check(self, scope: HTTPScope) -> None:
        """Refuse a request that is meant for somebody else.

        Raises:
            HostNotAllowed: it names a host for which the service does not answer.
            InvalidHost: it names none.
            MissingHost: it does not say for whom it is, as HTTP/1.1 asks.
            RepeatedHeader: it says so more than once.
        """
        host: bytes | None = None
        for name, value in scope["headers"]:
            if name == b"host":
                if host is not None:
                    raise RepeatedHeader("Host is there more than once", "Host")
                host = value
        if host is None:
            if scope["http_version"] != "1.0":  # which had no such header; no browser speaks it
                raise MissingHost("The header Host is missing", "Host")
            return
        if self._known.get(host, "") is not None:
            server = scope["server"]
            self._check_at(scope, host, server[0] if server else None)

    def _check_at(self, scope: HTTPScope, host: bytes, called: str | None) -> None:
        if called is not None and self._known.get(host) == called:
            return
        sent = host.strip(BLANKS)
        at = self._allowed_at(sent.decode("latin-1"), called)
        if sent != host:  # the framework takes the blanks for a part of it
            others = (header for header in scope["headers"] if header[0] != b"host")
            scope["headers"] = [(b"host", sent), *others]
            return
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[host] = at

    def _allowed_at(self, sent: str, called: str | None) -> str | None:
        try:
            host = canonical_host(sent)
        except ValueError:
            raise InvalidHost(f"Host {sent!r:.80} names no host", "Host") from None
        if host in self._allowed or ANY_HOST in self._allowed or _is_loopback(host):
            return None
        if called is not None and _is_address(host, called):
            return called
        raise HostNotAllowed(f"This service does not answer for the host {host:.80}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(host: str, called: str) -> bool:
    """Whether it is the address, and no name, at which this connection has come in."""
    try:
        ip_address(host)
        return host == canonical_host(f"[{called.partition('%')[0]}]" if ":" in called else called)
    except ValueError:
        return False
