"""Access keys: their text, which is shown once, and what is stored instead of it."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Final, NamedTuple

from allocation.access.scopes import Scope, expand

RandomBytes = Callable[[int], bytes]
"""Returns as many unpredictable bytes, as `secrets.token_bytes` does."""

PREFIX_BYTES: Final = 6
SECRET_BYTES: Final = 32
"""256 random bits, so that a fast hash without salt is enough: there is nothing to guess."""

_KEY: Final = re.compile(r"alk_(?P<prefix>[0-9a-f]{12})_(?P<secret>[0-9A-Za-z_-]{43})", re.ASCII)


class KeyText(NamedTuple):
    """The text of a key in two parts: the prefix finds the stored key, the secret proves it."""

    prefix: str
    secret: str

    def __str__(self) -> str:
        return f"alk_{self.prefix}_{self.secret}"

    def __repr__(self) -> str:
        return f"KeyText({self.prefix!r}, ...)"  # a secret must not appear in a traceback

    @classmethod
    def new(cls, random_bytes: RandomBytes) -> "KeyText":
        """Make a new key."""
        secret = urlsafe_b64encode(random_bytes(SECRET_BYTES)).rstrip(b"=").decode()
        return cls(random_bytes(PREFIX_BYTES).hex(), secret)

    @classmethod
    def parse(cls, text: str) -> "KeyText | None":
        """The parts of a key; None if the text does not have the form of a key."""
        match = _KEY.fullmatch(text)
        return None if match is None else cls(match["prefix"], match["secret"])

    @property
    def digest(self) -> str:
        """The stored form of the secret: SHA-256, in hexadecimal digits."""
        return sha256(self.secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key as it is stored.

    Attributes:
        prefix: identifies the key; it is part of the key's text, and no secret.
        name: names the client. Two valid keys may share a name while one replaces the other.
        digest: see `KeyText.digest`.
        scopes: what the key permits, without the scopes that these include.
        created_at, created_by: when, and by which sender, the key was created.
        expires_at: the time from which the key is not valid any more; None means never.
        revoked_at, revoked_by: when, and by which sender, the key was revoked, if it was.
        used_at: when the key was last used, to the minute; None if it never was.
    """

    prefix: str
    name: str
    digest: str = field(repr=False)
    scopes: frozenset[Scope]
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    used_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def proves(self, digest: str) -> bool:
        """Whether the digest is that of this key, compared in constant time."""
        return compare_digest(self.digest, digest)

    @property
    def permitted(self) -> frozenset[Scope]:
        """All scopes that the key permits, those included by others as well."""
        return expand(self.scopes)
