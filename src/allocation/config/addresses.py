"""Reading e-mail addresses: with their names, several in a row, in any script."""

from email.errors import NonASCIILocalPartDefect, ObsoleteHeaderDefect
from email.headerregistry import Address, HeaderRegistry
from typing import Any, Final

import idna

from allocation.config.reading import ConfigError, Environment

_HARMLESS: Final = (NonASCIILocalPartDefect, ObsoleteHeaderDefect)
"""Of a local part in another script (SMTPUTF8), and of a name such as `A. Smith`."""

_header = HeaderRegistry()


def addresses(env: Environment, variable: str) -> tuple[Address, ...]:
    """Those that the variable names, separated by commas; none where it is not set, or empty.

    Raises:
        ConfigError: one of them is no e-mail address.
    """
    value = env.get(variable, "").strip()
    try:
        return parse(value)
    except ValueError as error:
        raise ConfigError(variable, value, str(error)) from None


def address(env: Environment, variable: str, default: Address) -> Address:
    """The one that the variable names, or the default.

    Raises:
        ConfigError: it is no e-mail address, or there are several.
    """
    found = addresses(env, variable) or (default,)
    if len(found) > 1:
        raise ConfigError(variable, env[variable], "is not one e-mail address")
    return found[0]


def parse(text: str) -> tuple[Address, ...]:
    """The addresses in a text such as `Purchasing <buyers@shop.example>, b@shop.example`.

    Each is there once. Domains are in ASCII: what a name server and every mail server know.

    Raises:
        ValueError: one of them is no e-mail address; tells why.
    """
    if not text:
        return ()
    try:
        header: Any = _header("To", text)
    except IndexError:  # of the parser, where a domain is missing
        raise ValueError(_UNREADABLE) from None
    of_no_group = all(group.display_name is None for group in header.groups)
    defects = [defect for defect in header.defects if not isinstance(defect, _HARMLESS)]
    if defects or not of_no_group or not text.isprintable():
        raise ValueError(_UNREADABLE)
    return tuple({one.addr_spec: one for one in map(_with_ascii_domain, header.addresses)}.values())


_UNREADABLE: Final = "is not an e-mail address, nor several with commas between them"


def ascii_domain(domain: str) -> str:
    """The name of a domain or host as name servers know it: `xn--…` for other scripts.

    Raises:
        ValueError: it cannot be one; tells why.
    """
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError as error:
        raise ValueError(f"has a domain that cannot be: {error}") from None


def _with_ascii_domain(found: Address) -> Address:
    if not found.username or not found.domain:
        raise ValueError(_UNREADABLE)
    return Address(found.display_name, found.username, ascii_domain(found.domain))
