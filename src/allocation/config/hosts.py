"""Settings of the allowed hosts."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from allocation.config.reading import ConfigError, Environment

HOSTS_VARIABLE: Final = "ALLOCATION_ALLOWED_HOSTS"
ANY_HOST: Final = "*"

_HOST: Final = re.compile(
    r"(?: \[ (?P<v6> [0-9A-Fa-f:.]+ ) \] | (?P<name> [0-9A-Za-z_.-]+ ) ) (?: : [0-9]* )?",
    re.ASCII | re.VERBOSE,
)


@dataclass(frozen=True)
class HostSettings:
    """The hosts allowed besides this machine's own, in the form of `canonical_host`."""

    allowed: frozenset[str] = frozenset()

    @classmethod
    def read(cls, env: Environment) -> "HostSettings":
        """Read the settings from the environment: hosts separated by commas or blanks.

        Raises:
            ConfigError: one of them is not a host.
        """
        value = env.get(HOSTS_VARIABLE, "")
        return cls(frozenset(_host(value, each) for each in re.split(r"[\s,]+", value) if each))

    def including(self, host: str) -> frozenset[str]:
        """The allowed hosts, and the name or address on which the server listens."""
        return self.allowed | {_canonical(host)}


def canonical_host(text: str) -> str:
    """Normalise a host: a name to lower case, an address to its short form.

    A port is dropped, and so is the trailing dot of a name.

    Raises:
        ValueError: the text is not `NAME[:PORT]`, `1.2.3.4[:PORT]` or `[1::2][:PORT]`.
    """
    match = _HOST.fullmatch(text)
    if match is None:
        raise ValueError("is not a host")
    if match["v6"]:
        return _short(IPv6Address(match["v6"]))
    name = match["name"].lower().removesuffix(".")
    if not name:
        raise ValueError("is not a host")
    try:
        return str(IPv4Address(name))
    except ValueError:
        return name


def _short(address: IPv6Address) -> str:
    return str(address.ipv4_mapped or address)


def _host(value: str, each: str) -> str:
    try:
        return ANY_HOST if each == ANY_HOST else _canonical(each)
    except ValueError:
        reason = f"has {each!r}, which is not a host name, an address or {ANY_HOST}"
        raise ConfigError(HOSTS_VARIABLE, value, reason) from None


def _canonical(host: str) -> str:
    """Normalise a host as people write it: an address without brackets, a name in any script."""
    if host.count(":") > 1 and not host.startswith("["):
        return _short(IPv6Address(host.partition("%")[0]))
    return canonical_host(host if host.isascii() else host.encode("idna").decode())
