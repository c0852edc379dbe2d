"""The browser sessions in the database."""

from dataclasses import asdict
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, or_, select, update

from allocation.access.keys import RandomBytes
from allocation.access.sessions import AccessSession, SessionLimits, SessionSecret
from allocation.adapters.sql.access.schema import access_sessions
from allocation.adapters.sql.engine.database import Database
from allocation.messaging.log import Clock

MOST_SESSIONS: Final = 50
"""The maximum number of sessions of a key; a further login ends the oldest one."""

_columns = access_sessions.c
_NOTE_USE: Final = (
    update(access_sessions)
    .where(_columns.digest == bindparam("of_digest"), _columns.seen_at < bindparam("time"))
    .values(seen_at=bindparam("time"))
)


def read_sessions(database: Database) -> list[AccessSession]:
    """Every session, also those that have expired and are not pruned yet."""
    with database.reading() as connection:
        return [
            AccessSession(**row._mapping) for row in connection.execute(select(access_sessions))
        ]


class SessionStore:
    """Opens and ends sessions; the database never has the secret of one.

    Every method that writes is a transaction of its own, and raises the same errors.

    Raises:
        StoreUnavailable: the database cannot be reached or written.
    """

    def __init__(
        self, database: Database, clock: Clock, random_bytes: RandomBytes, limits: SessionLimits
    ) -> None:
        self._database = database
        self._clock = clock
        self._random_bytes = random_bytes
        self.limits: Final = limits

    def open(self, prefix: str) -> SessionSecret:
        """Open a session for the key with this prefix; its secret is in no other place.

        Of the sessions of a key, only the newest go on, since every server reads all of them.
        """
        secret, now = SessionSecret.new(self._random_bytes), self._clock()
        session = AccessSession(secret.digest, prefix, now, now)
        newest = (
            select(_columns.digest)
            .where(_columns.prefix == prefix)
            .order_by(_columns.created_at.desc(), _columns.digest)
            .limit(MOST_SESSIONS - 1)
        )
        older = _columns.prefix == prefix, _columns.digest.not_in(newest)
        with self._database.writing(snapshot=False) as connection:
            connection.execute(delete(access_sessions).where(*older))
            connection.execute(insert(access_sessions), asdict(session))
            connection.commit()
        return secret

    def end(self, digest: str) -> None:
        """End a session; one that has ended stays so."""
        with self._database.writing(snapshot=False) as connection:
            connection.execute(delete(access_sessions).where(_columns.digest == digest))
            connection.commit()

    def note_use(self, digest: str, time: datetime) -> None:
        """Note when a session was used; never an earlier time."""
        with self._database.writing(snapshot=False) as connection:
            connection.execute(_NOTE_USE, {"of_digest": digest, "time": time})
            connection.commit()

    def prune(self) -> int:
        """Remove the sessions that have expired; return their number."""
        now = self._clock()
        expired = or_(
            _columns.created_at <= now - self.limits.lifetime,
            _columns.seen_at <= now - self.limits.idle,
        )
        with self._database.reading() as connection:  # most of the time there is nothing to write
            digests = connection.execute(select(_columns.digest).where(expired)).scalars().all()
        if digests:
            with self._database.writing(snapshot=False) as connection:
                connection.execute(delete(access_sessions).where(expired))
                connection.commit()
        return len(digests)
