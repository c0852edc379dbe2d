"""Refusals by the store of access keys; none of them tells a secret.

AccessError
├── UnknownKey    no key has this prefix, or no valid key has this name
├── KeyNameTaken  a valid key has this name already
├── SeveralKeys   two valid keys have this name, and the request must tell which one it means
└── KeyNotValid   the key was revoked or has expired, and cannot be replaced
"""

from collections.abc import Iterable
from typing import ClassVar

from allocation.access.keys import without_secrets


class AccessError(Exception):
    """The request for an access key is refused, and has changed nothing."""

    code: ClassVar[str] = "access_refused"


class UnknownKey(AccessError):
    """No key has this prefix, or no valid key has this name."""

    code: ClassVar[str] = "unknown_key"

    def __init__(self, key: str) -> None:
        self.key = without_secrets(key)  # somebody may have given the text of a key
        super().__init__(f"there is no valid access key {self.key!r}")


class KeyNameTaken(AccessError):
    """A valid key has this name already."""

    code: ClassVar[str] = "key_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is a valid access key {name!r} already: rotate it, revoke it, or choose "
            "another name"
        )
        self.name = name


class SeveralKeys(AccessError):
    """Several valid keys have this name, and the request must tell which one it means."""

    code: ClassVar[str] = "several_keys"

    def __init__(self, name: str, prefixes: Iterable[str]) -> None:
        self.name, self.prefixes = name, tuple(prefixes)
        super().__init__(
            f"there are {len(self.prefixes)} valid access keys {name!r}, with the prefixes "
            f"{' and '.join(self.prefixes)}: revoke one of them by its prefix, or all of them "
            "(`keys revoke --all`)"
        )


class KeyNotValid(AccessError):
    """The key was revoked or has expired, so that no other key can replace it."""

    code: ClassVar[str] = "key_not_valid"

    def __init__(self, prefix: str) -> None:
        super().__init__(f"the access key {prefix!r} was revoked or has expired")
        self.prefix = prefix
