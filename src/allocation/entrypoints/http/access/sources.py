"""The source of a request: the network address that it comes from."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

UNNAMED: Final = "unknown"
"""The source of a request over a connection without an address, such as a Unix socket."""

_PROVIDED: Final = 64
"""The bits of an IPv6 prefix that one customer of a provider has to himself."""


def source_of(scope: Any) -> str:
    """The address of the client; in IPv6 its network of 64 bits, within which it may choose."""
    client = scope.get("client")
    if client is None:
        return UNNAMED
    host = str(client[0])
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host[:80]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        if not address.is_loopback:
            return str(ip_network((address, _PROVIDED), strict=False))
    return str(address)
