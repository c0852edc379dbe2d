"""Settings of the hosts for which the service answers."""

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
    """The hosts that are allowed besides this machine's own, as `canonical_host` writes them."""

    allowed: frozenset[str] = frozenset()

    @classmethod
    def read(cls, env: Environment) -> "HostSettings":
        """From the environment: names and addresses with commas or blanks between.

        Raises:
            ConfigError: one of them is no host.
        """
        value = env.get(HOSTS_VARIABLE, "")
        return cls(frozenset(_host(value, each) for each in re.split(r"[\s,]+", value) if each))

    def and_bound_to(self, host: str) -> frozenset[str]:
        """These, and the name or the address on which the server listens."""
        return self.allowed | {_written(host)}


def canonical_host(text: str) -> str:
    """The one way to write a host: of a name in lower case, of an address in its short form.

    A port is left out, and so is the dot at the end of a name.

    Raises:
        ValueError: it is no `NAME[:PORT]`, `1.2.3.4[:PORT]` or `[1::2][:PORT]`.
    """
    found = _HOST.fullmatch(text)
    if found is None:
        raise ValueError("is no host")
    if found["v6"]:
        return _short(IPv6Address(found["v6"]))
    name = found["name"].lower().removesuffix(".")
    if not name:
        raise ValueError("is no host")
    try:
        return str(IPv4Address(name))
    except ValueError:
        return name


def _short(address: IPv6Address) -> str:
    return str(address.ipv4_mapped or address)


def _host(value: str, each: str) -> str:
    try:
        return ANY_HOST if each == ANY_HOST else _written(each)
    except ValueError:
        told = f"has {each!r}, which is not a host name, an address or {ANY_HOST}"
        raise ConfigError(HOSTS_VARIABLE, value, told) from None


def _written(host: str) -> str:
    """A host as people write it: an address without brackets, a name in any script."""
    if host.count(":") > 1 and not host.startswith("["):
        return _short(IPv6Address(host.partition("%")[0]))
    return canonical_host(host if host.isascii() else host.encode("idna").decode())
