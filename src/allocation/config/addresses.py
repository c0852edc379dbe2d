"""Parsing of e-mail addresses: with display names, in lists, in any script."""

from email.errors import NonASCIILocalPartDefect, ObsoleteHeaderDefect
from email.headerregistry import Address, HeaderRegistry
from typing import Any, Final

import idna

from allocation.config.reading import ConfigError, Environment

_HARMLESS: Final = (NonASCIILocalPartDefect, ObsoleteHeaderDefect)
"""Defects to ignore: a non-ASCII local part (SMTPUTF8), a display name such as `A. Smith`."""

_header = HeaderRegistry()


def addresses(env: Environment, variable: str) -> tuple[Address, ...]:
    """The comma-separated addresses in a variable; none if it is unset or empty.

    Raises:
        ConfigError: one of them is not an e-mail address.
    """
    value = env.get(variable, "").strip()
    try:
        return parse(value)
    except ValueError as error:
        raise ConfigError(variable, value, str(error)) from None


def address(env: Environment, variable: str, default: Address) -> Address:
    """The address in a variable, or the default.

    Raises:
        ConfigError: the value is not a single e-mail address.
    """
    parsed = addresses(env, variable) or (default,)
    if len(parsed) > 1:
        raise ConfigError(variable, env[variable], "is not one e-mail address")
    return parsed[0]


def parse(text: str) -> tuple[Address, ...]:
    """Parse a list such as `Purchasing <buyers@shop.example>, b@shop.example`.

    Duplicates are removed, and domains converted to ASCII, which DNS and mail servers require.

    Raises:
        ValueError: one of them is not an e-mail address; the message has the reason.
    """
    if not text:
        return ()
    try:
        header: Any = _header("To", text)
    except IndexError:  # raised by the parser if a domain is missing
        raise ValueError(_INVALID) from None
    has_groups = any(group.display_name is not None for group in header.groups)
    defects = [defect for defect in header.defects if not isinstance(defect, _HARMLESS)]
    if defects or has_groups or not text.isprintable():
        raise ValueError(_INVALID)
    return tuple({one.addr_spec: one for one in map(_with_ascii_domain, header.addresses)}.values())


_INVALID: Final = "is not an e-mail address or a comma-separated list of them"


def ascii_domain(domain: str) -> str:
    """The ASCII form of a domain or host name: `xn--…` for other scripts.

    Raises:
        ValueError: the domain is invalid; the message has the reason.
    """
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError as error:
        raise ValueError(f"has an invalid domain: {error}") from None


def _with_ascii_domain(address: Address) -> Address:
    if not address.username or not address.domain:
        raise ValueError(_INVALID)
    return Address(address.display_name, address.username, ascii_domain(address.domain))
