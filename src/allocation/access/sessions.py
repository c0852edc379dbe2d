"""Browser sessions: each stands for the access key that it was opened with."""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

from allocation.access.keys import SECRET_BYTES, AccessKey, RandomBytes

_SECRET: Final = re.compile(r"[0-9A-Za-z_-]{43}", re.ASCII)
_CSRF: Final = b"csrf"


class SessionSecret:
    """What a browser has of a session: 256 random bits, of which only the hash is stored."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "SessionSecret(...)"  # a secret must not appear in a traceback

    @classmethod
    def new(cls, random_bytes: RandomBytes) -> "SessionSecret":
        """Make the secret of a new session."""
        return cls(urlsafe_b64encode(random_bytes(SECRET_BYTES)).rstrip(b"=").decode())

    @classmethod
    def parse(cls, text: str) -> "SessionSecret | None":
        """The secret in a cookie; None if the text does not have the form of one."""
        return cls(text) if _SECRET.fullmatch(text) else None

    @property
    def digest(self) -> str:
        """The stored form: SHA-256, in hexadecimal digits."""
        return sha256(self._text.encode()).hexdigest()

    @property
    def csrf_token(self) -> str:
        """The token of every change that a page requests in this session.

        A page of another site cannot read it, and it does not reveal the secret.
        """
        return hmac.new(self._text.encode(), _CSRF, sha256).hexdigest()

    def has_token(self, token: str | None) -> bool:
        """Whether the token is that of this session, compared in constant time."""
        return hmac.compare_digest(self.csrf_token.encode(), (token or "").encode())


class SessionLimits(NamedTuple):
    """How long a session lasts: since its last request, and in all."""

    idle: timedelta
    lifetime: timedelta


class StoredAccess(NamedTuple):
    """All keys and sessions, as they were stored at one moment."""

    keys: Sequence[AccessKey]
    sessions: "Sequence[AccessSession]" = ()


@dataclass(frozen=True, slots=True)
class AccessSession:
    """A session as it is stored.

    Attributes:
        digest: see `SessionSecret.digest`.
        prefix: that of the key.
        created_at: when it was opened.
        seen_at: when it was last used, to the minute.
    """

    digest: str
    prefix: str
    created_at: datetime
    seen_at: datetime

    def ends_at(self, key: AccessKey, limits: SessionLimits) -> datetime:
        """When the session ends at the latest, if it is not used any more."""
        end = min(self.created_at + limits.lifetime, self.seen_at + limits.idle)
        return end if key.expires_at is None else min(end, key.expires_at)

    def is_valid(self, key: AccessKey, limits: SessionLimits, now: datetime) -> bool:
        """Whether the session goes on, and so does its key."""
        return key.is_valid(now) and now < self.ends_at(key, limits)
