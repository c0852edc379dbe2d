"""Whether a server may start without access keys, and what it says about that."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from socket import socket
from typing import ClassVar, Final

from allocation.access.keys import AccessKey
from allocation.errors import InputError

ADVICE: Final = "`allocation keys create` makes one"


class NoAccessKey(InputError):
    """A server that other machines can reach must not start without access keys."""

    code: ClassVar[str] = "no_access_key"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"there is no access key, and other machines can reach {host or 'every address'}: "
            f"create a key ({ADVICE}), or let everybody in with --insecure"
        )


def access_warnings(
    keys: Sequence[AccessKey], now: datetime, host: str, *, loopback: bool, insecure: bool
) -> Iterator[str]:
    """What an operator must know about the access to a server that starts.

    Raises:
        NoAccessKey: there is no key, other machines can reach the server, and it is not to be
            `insecure`.
    """
    if keys:
        if not any(key.is_valid(now) for key in keys):
            yield f"no access key is valid, so that every request is refused; {ADVICE}"
        if insecure:
            yield "--insecure has no effect: there are access keys, and every client needs one"
    elif loopback:
        yield (
            "no access keys: every program of this machine may read and change everything; "
            f"{ADVICE}"
        )
    elif insecure:
        yield (
            "--insecure, and no access keys: everybody who can reach "
            f"{host or 'this machine'} may read and change everything; {ADVICE}"
        )
    else:
        raise NoAccessKey(host)


def is_loopback(listening: Sequence[socket]) -> bool:
    """Whether only programs of this machine can reach these sockets."""
    return all(_is_loopback(each.getsockname()[0]) for each in listening)


def _is_loopback(address: str) -> bool:
    parsed = ip_address(address)
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return (mapped or parsed).is_loopback
