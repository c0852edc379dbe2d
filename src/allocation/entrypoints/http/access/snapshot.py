"""A snapshot of the access keys and sessions: all of them, as they were stored at one moment."""

from collections import Counter
from datetime import datetime
from typing import Final, NamedTuple

from allocation.access.callers import Caller, key_sender
from allocation.access.keys import AccessKey, KeyText
from allocation.access.sessions import AccessSession, SessionLimits, StoredAccess

_DUMMY: Final = KeyText("0" * 12, "").digest
"""Compared with the digest of an unknown key, so that it takes as long as that of another."""


class KeyOfCaller(NamedTuple):
    """A key, and the caller who proves to have it."""

    key: AccessKey
    caller: Caller


class KeySnapshot:
    """The keys that are stored, revoked and expired ones as well.

    Attributes:
        read_at: when they were read, or earlier: the time of a monotonic clock, in seconds.
        is_open: whether no request needs a key: there has never been one, and the
            service may be open.
    """

    __slots__ = ("_keys", "_sessions", "is_open", "read_at")

    def __init__(self, stored: StoredAccess, read_at: float, *, may_be_open: bool) -> None:
        """`may_be_open` says whether a service without keys serves everybody, or nobody."""
        self._keys: Final = {key.prefix: KeyOfCaller(key, _caller_with(key)) for key in stored.keys}
        self._sessions: Final = {session.digest: session for session in stored.sessions}
        self.read_at = read_at
        self.is_open = may_be_open and not self._keys

    def proven(self, text: KeyText) -> KeyOfCaller | None:
        """The key that the text proves, valid or not; None if it proves none."""
        entry, digest = self._keys.get(text.prefix), text.digest
        if entry is None:
            _UNKNOWN.proves(digest)
            return None
        return entry if entry.key.proves(digest) else None

    def in_session(
        self, digest: str, limits: SessionLimits, now: datetime
    ) -> tuple[KeyOfCaller, AccessSession] | None:
        """The key of a session, and the session; None if it has ended.

        The digest is looked up and not compared: whoever measures the time learns about the
        digests, from which no secret can be computed.
        """
        session = self._sessions.get(digest)
        entry = None if session is None else self._keys.get(session.prefix)
        if session is None or entry is None or not session.is_valid(entry.key, limits, now):
            return None
        return entry, session

    def open_sessions(self, limits: SessionLimits, now: datetime) -> Counter[str]:
        """The number of open sessions by the prefixes of their keys."""
        opened = (self.in_session(digest, limits, now) for digest in self._sessions)
        return Counter(each[1].prefix for each in opened if each is not None)

    def admitted(self, limits: SessionLimits, now: datetime) -> frozenset[str | None]:
        """Who is let in: the prefixes of keys, and the digests of sessions; None if it is open."""
        if self.is_open:
            return frozenset({None})
        sessions = (d for d in self._sessions if self.in_session(d, limits, now) is not None)
        keys = (p for p, entry in self._keys.items() if entry.key.is_valid(now))
        return frozenset((*keys, *sessions))


def _caller_with(key: AccessKey) -> Caller:
    return Caller(key_sender(key.name), key.permitted, key.prefix)


_UNKNOWN: Final = AccessKey("", "", _DUMMY, frozenset(), datetime.min, "")
