"""The sessions of browsers at the gate: who they belong to, and the token of their changes."""

import time
from collections import Counter
from datetime import datetime
from typing import Any, Final, NamedTuple

from allocation.access.sessions import AccessSession, SessionLimits, SessionSecret
from allocation.bootstrap import Clock
from allocation.entrypoints.http.access.invalid_keys import InvalidKeys
from allocation.entrypoints.http.access.key_ring import KeyRing
from allocation.entrypoints.http.access.last_uses import LastUses
from allocation.entrypoints.http.access.snapshot import KeyOfCaller
from allocation.entrypoints.http.errors import InvalidCsrfToken, SessionEnded
from allocation.entrypoints.http.requests import headers_of
from allocation.entrypoints.http.security import SAFE_METHODS

SESSION: Final = "allocation.session"
"""The key in a request's scope with its `OpenSession`, if it was made in one."""

CSRF: Final = "csrf"
"""The option of a handler that checks the token itself, because it is a field of its form."""

TOKEN_HEADER: Final = b"x-csrf-token"


class OpenSession(NamedTuple):
    """A session that a request was made in."""

    secret: SessionSecret
    stored: AccessSession


def session_of(scope: Any) -> OpenSession | None:
    """The session of a request; None if it was made with a key, or without one."""
    session: OpenSession | None = scope.get(SESSION)
    return session


class OpenSessions:
    """Finds the sessions of requests, and records their use."""

    def __init__(
        self, ring: KeyRing, invalid: InvalidKeys, limits: SessionLimits, now: Clock
    ) -> None:
        self._ring: Final = ring
        self._invalid: Final = invalid
        self._limits: Final = limits
        self._now: Final = now
        self.uses: Final = LastUses("session")
        ring.on_ended(self.uses.forget)

    async def judge(self, scope: Any, secret: SessionSecret, source: str) -> KeyOfCaller:
        """The key of the session with this secret.

        A session that the current snapshot does not have may be new: the next one decides.

        Raises:
            SessionEnded: it has ended, or there was none.
            StoreUnavailable: the sessions cannot be read now.
            TooManyInvalidKeys: too many invalid keys or sessions come from this address.
        """
        entry = self.now_open(scope, secret)
        if entry is None:
            bucket = self._invalid.count(source)
            await self._ring.refreshed()
            entry = self.now_open(scope, secret)
            if entry is None:
                raise SessionEnded("The session has ended: log in again")
            bucket.put_back()
        self.uses.note(secret.digest, time.monotonic())
        return entry

    def now_open(self, scope: Any, secret: SessionSecret) -> KeyOfCaller | None:
        """The key of a session by the latest snapshot, without waiting for a fresh one."""
        current = self._ring.latest.in_session(secret.digest, self._limits, self._now())
        if current is None:
            return None
        entry, session = current
        scope[SESSION] = OpenSession(secret, session)
        return entry._replace(caller=entry.caller._replace(session=session.digest))

    def counts(self) -> Counter[str]:
        """The number of open sessions by the prefixes of their keys."""
        return self._ring.latest.open_sessions(self._limits, self._now())

    def end_of(self, session: AccessSession) -> datetime | None:
        """When a session ends if it is not used any more; None if it has ended already."""
        current = self._ring.latest.in_session(session.digest, self._limits, self._now())
        return None if current is None else session.ends_at(current[0].key, self._limits)


def check_token(scope: Any, token: str | None) -> None:
    """Check the token of a change that is requested in a session.

    Raises:
        InvalidCsrfToken: the token is missing, or that of another session.
    """
    session = session_of(scope)
    if session is not None and not session.secret.has_token(token):
        raise InvalidCsrfToken(
            "A change in a browser session needs its token, in the header X-CSRF-Token or in the "
            "form: see GET /session"
        )


def check_token_header(scope: Any) -> None:
    """Check a request as `check_token`, by its header, unless its handler checks the form itself.

    Raises:
        InvalidCsrfToken: see `check_token`.
    """
    if session_of(scope) is None or scope["method"] in SAFE_METHODS:
        return
    if scope["route_handler"].opt.get(CSRF) is None:
        check_token(scope, headers_of(scope).text(TOKEN_HEADER))
