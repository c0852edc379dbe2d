"""Who can reach a server, and how."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Exposure:
    """The hosts and proxies of a server.

    Attributes:
        allowed_hosts: the hosts that it serves, besides those of the loopback.
        may_be_open: whether it may serve without any access key.
        trusted_proxies: the addresses and networks whose `X-Forwarded-*` headers count.
    """

    allowed_hosts: Iterable[str] = ()
    may_be_open: bool = True
    trusted_proxies: tuple[str, ...] = ()
