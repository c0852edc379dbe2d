"""The gate in front of all routes: who makes a request, and whether it is served.

The first layer (`admit`) acts before routing, so that paths that do not exist, documents and the
fast path are covered as well. The second layer (`permit`) needs the handler of the request.
"""

import time
from collections.abc import Iterable
from typing import Any, Final

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from allocation.access.callers import NOBODY, OPEN, Caller
from allocation.access.keys import KeyText
from allocation.access.sessions import SessionLimits
from allocation.bootstrap import Clock
from allocation.config import LimitSettings
from allocation.entrypoints.http.access.cookies import session_secret
from allocation.entrypoints.http.access.credentials import key_in, refuse_key_in_url
from allocation.entrypoints.http.access.declarations import (
    WITHOUT_KEY,
    check_access,
    check_declared,
    public_requests,
)
from allocation.entrypoints.http.access.invalid_keys import InvalidKeys
from allocation.entrypoints.http.access.key_ring import KeyRing
from allocation.entrypoints.http.access.last_uses import LastUses
from allocation.entrypoints.http.access.open_sessions import OpenSessions, check_token_header
from allocation.entrypoints.http.access.refusal_log import RefusalLog
from allocation.entrypoints.http.access.snapshot import KeyOfCaller
from allocation.entrypoints.http.access.sources import source_of
from allocation.entrypoints.http.access.token_bucket import TokenBucket
from allocation.entrypoints.http.callers import CALLER, caller_of
from allocation.entrypoints.http.errors import HttpError, InvalidKey, KeyRequired, TooManyRequests
from allocation.entrypoints.http.exchange import COUNTED
from allocation.entrypoints.http.requests import headers_of
from allocation.entrypoints.http.security import AllowedHosts

LOGGED: Final = frozenset({401, 403, 421, 429})
"""The statuses of the refusals that are logged."""


class Gate:
    """Two layers of access, for all requests of a service.

    Attributes:
        ring: the keys; the service keeps them fresh while it is running.
        uses: the times at which keys are used.
        refusals: the log of refused requests.
        sessions: the browser sessions.
    """

    def __init__(
        self,
        hosts: AllowedHosts,
        limits: LimitSettings,
        now: Clock,
        session_limits: SessionLimits,
        *,
        may_be_open: bool,
    ) -> None:
        """`now` is the clock by which keys and sessions expire; see `KeySnapshot` as well."""
        self.ring: Final = KeyRing(now, session_limits, may_be_open=may_be_open)
        self.uses: Final = LastUses("key")
        self.refusals: Final = RefusalLog(time.monotonic)
        self._hosts: Final = hosts
        self._now: Final = now
        self._invalid_keys: Final = InvalidKeys(self.ring, limits.max_invalid_keys, now)
        self.sessions: Final = OpenSessions(self.ring, self._invalid_keys, session_limits, now)
        self._rate: Final = limits.max_key_rate
        self._buckets = dict[str, TokenBucket]()
        self._public = frozenset[tuple[str, str]]()
        self.ring.on_ended(self._forget)
        self.ring.on_ended(self.uses.forget)

    def guard(self, app: Litestar) -> None:
        """Learn which requests to an application need no key.

        Raises:
            RegistryError: a handler does not declare what access to it needs.
        """
        check_declared(app)
        self._public = public_requests(app)

    async def admit(self, scope: HTTPScope) -> None:
        """Find out who makes a request, before it is routed.

        Raises:
            HttpError: the request is refused.
            StoreUnavailable: the keys cannot be read now.
        """
        try:
            self._hosts.check(scope)
            refuse_key_in_url(scope)
            scope[CALLER] = await self._caller(scope)  # type: ignore[typeddict-unknown-key]
        except HttpError as error:
            self.note(scope, error, source_of(scope))
            raise

    def permit(self, scope: Any) -> None:
        """Check that the handler of a request may be used by its caller.

        Raises:
            ForbiddenScope: the key does not have the scope that the handler declares.
            InvalidCsrfToken: a change in a browser session does not have the session's token.
            KeyRequired: the request has no key.
        """
        caller = caller_of(scope)
        try:
            check_access(caller, scope["route_handler"])
            check_token_header(scope)
        except HttpError as error:
            self.note(scope, error, caller.sender)
            raise

    def layer(self, app: ASGIApp) -> ASGIApp:
        """The second layer as a middleware of the framework."""

        async def permitted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == ScopeType.HTTP:
                self.permit(scope)
            await app(scope, receive, send)

        return permitted

    def note(self, scope: Any, error: HttpError, source: str) -> None:
        """Count a refusal of a request, to be logged, if it is one of access."""
        if error.status in LOGGED:
            self.refusals.note(source, error.code)
            scope[COUNTED] = True

    async def _caller(self, scope: HTTPScope) -> Caller:
        if (scope["method"], scope["path"]) in self._public:
            return self._caller_in_public(scope)
        snapshot = self.ring.fresh() or await self.ring.refreshed()
        if snapshot.is_open:
            return OPEN
        text = self._key_in(scope)
        entry = await (self._in_session(scope) if text is None else self._with_key(scope, text))
        self._take_from_bucket(entry)
        return entry.caller

    async def _with_key(self, scope: HTTPScope, text: KeyText) -> KeyOfCaller:
        entry = self.ring.latest.proven(text)
        if entry is None or not entry.key.is_valid(self._now()):
            entry = await self._invalid_keys.judge(text, source_of(scope))
        return entry

    async def _in_session(self, scope: HTTPScope) -> KeyOfCaller:
        secret = session_secret(scope, headers_of(scope))
        if secret is None:
            raise KeyRequired(WITHOUT_KEY)
        return await self.sessions.judge(scope, secret, source_of(scope))

    async def log_in(self, scope: HTTPScope, text: str) -> KeyOfCaller:
        """The key that a login form has; limited like a key in a header.

        Raises:
            InvalidKey: the text is not that of a valid key.
            StoreUnavailable: the keys cannot be read now.
            TooManyInvalidKeys: too many invalid keys come from this address.
            TooManyRequests: the key is used too often.
        """
        source = source_of(scope)
        try:
            key = KeyText.parse(text)
            if key is None:
                self._invalid_keys.count(source)
                raise InvalidKey("This is not an access key: a key begins with alk_")
            _ = self.ring.fresh() or await self.ring.refreshed()
            entry = await self._with_key(scope, key)
            self._take_from_bucket(entry)
        except HttpError as error:
            self.note(scope, error, source)
            raise
        return entry

    def _key_in(self, scope: HTTPScope) -> KeyText | None:
        try:
            return key_in(headers_of(scope))
        except InvalidKey:
            self._invalid_keys.count(source_of(scope))
            raise

    def _caller_in_public(self, scope: HTTPScope) -> Caller:
        """The caller of what is public, by the keys read last: it does not wait for fresh ones.

        So the service tells about its health while the database does not answer.
        """
        latest = self.ring.latest
        if latest.is_open:
            return OPEN
        headers = headers_of(scope)
        try:
            text = key_in(headers)
        except HttpError:
            return NOBODY
        if text is not None:
            entry = latest.proven(text)
        else:
            secret = session_secret(scope, headers)
            entry = None if secret is None else self.sessions.now_open(scope, secret)
        return entry.caller if entry is not None and entry.key.is_valid(self._now()) else NOBODY

    def _take_from_bucket(self, entry: KeyOfCaller) -> None:
        """Count the use of a key.

        Raises:
            TooManyRequests: the key is used too often.
        """
        prefix, now = entry.key.prefix, time.monotonic()
        bucket = self._buckets.get(prefix)
        if bucket is None:
            bucket = self._buckets[prefix] = TokenBucket(self._rate, self._rate, now)
        if pause := bucket.take(now):
            raise TooManyRequests(
                f"More than {self._rate} requests per second with this key", pause=pause
            )
        self.uses.note(prefix, now)

    def _forget(self, ended: Iterable[str | None]) -> None:
        for prefix in ended:
            self._buckets.pop(prefix or "", None)
