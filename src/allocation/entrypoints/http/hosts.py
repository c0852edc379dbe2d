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
from allocation.entrypoints.http.headers import BLANKS

LOCALHOST: Final = "localhost"

REMEMBERED: Final = 256
"""Values of the header that are known to be allowed; a service is called by a few."""


class AllowedHosts:
    """This machine's loopback names and addresses, the address called, and those configured."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """`allowed` are hosts as `canonical_host` writes them; among them, `*` is any."""
        self._allowed = frozenset({LOCALHOST, *allowed})
        self._known = set[tuple[bytes, str | None]]()

    def check(self, scope: HTTPScope) -> None:
        """Refuse a request that is meant for somebody else.

        Raises:
            HostNotAllowed: it names a host for which the service does not answer.
            InvalidHost: it names none.
            MissingHost: it does not say for whom it is, as HTTP/1.1 asks.
            RepeatedHeader: it says so more than once.
        """
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1:
            _refuse_count(len(hosts), scope["http_version"])
            return
        server = scope["server"]
        called = server[0] if server else None
        if (hosts[0], called) in self._known:
            return
        sent = hosts[0].strip(BLANKS)
        self._check(sent.decode("latin-1"), called)
        if sent != hosts[0]:  # the framework takes the blanks for a part of it
            others = (header for header in scope["headers"] if header[0] != b"host")
            scope["headers"] = [(b"host", sent), *others]
            return
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known.add((hosts[0], called))

    def _check(self, sent: str, called: str | None) -> None:
        try:
            host = canonical_host(sent)
        except ValueError:
            raise InvalidHost(f"Host {sent!r:.80} names no host", "Host") from None
        if not (
            host in self._allowed or ANY_HOST in self._allowed or _is_own_address(host, called)
        ):
            raise HostNotAllowed(f"This service does not answer for the host {host:.80}")


def _refuse_count(count: int, http_version: str) -> None:
    if count > 1:
        raise RepeatedHeader(f"Host is there {count} times", "Host")
    if http_version != "1.0":  # which had no such header, and no browser speaks it
        raise MissingHost("The header Host is missing", "Host")


def _is_own_address(host: str, called: str | None) -> bool:
    """Whether it is an address, of loopback or the one at which this connection has come in."""
    try:
        if ip_address(host).is_loopback:
            return True
    except ValueError:
        return False
    if called is None:
        return False
    try:
        return host == canonical_host(f"[{called.partition('%')[0]}]" if ":" in called else called)
    except ValueError:
        return False
