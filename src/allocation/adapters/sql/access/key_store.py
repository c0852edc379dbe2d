"""The access keys in the database."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update

from allocation.access.errors import KeyNameTaken, SeveralKeys
from allocation.access.keys import AccessKey, KeyText, RandomBytes
from allocation.access.scopes import Scope
from allocation.adapters.sql.access.key_rows import (
    every_key,
    insert_key,
    keys_meant,
    replaceable_key,
    update_key,
    valid_keys,
)
from allocation.adapters.sql.access.key_values import (
    check_expiry,
    check_overlap,
    check_scopes,
    clean_key_name,
)
from allocation.adapters.sql.access.schema import access_keys, access_sessions
from allocation.adapters.sql.engine.database import Database
from allocation.messaging.log import Clock

ADVISORY_LOCK: Final = 0x6B657973  # "keys", as the key of a lock

_columns = access_keys.c
_NOTE_USE: Final = (
    update(access_keys)
    .where(
        _columns.prefix == bindparam("of_prefix"),
        or_(_columns.used_at.is_(None), _columns.used_at < bindparam("time")),
    )
    .values(used_at=bindparam("time"))
)


def read_keys(database: Database) -> list[AccessKey]:
    """Every key, also those that were revoked or have expired, oldest first."""
    with database.reading() as connection:
        return every_key(connection)


class KeyStore:
    """Creates, replaces and revokes access keys; the database never has the text of a key.

    A key is meant by its prefix, or by its name if only one valid key has the name. Every method
    that writes is a transaction of its own, and only one of them runs at a time, in whatever
    process: two clients never get keys of the same name.

    Every method raises the same errors of the database.

    Raises:
        StoreUnavailable: the database cannot be reached or written.
    """

    def __init__(self, database: Database, clock: Clock, random_bytes: RandomBytes) -> None:
        self._database = database
        self._clock = clock
        self._random_bytes = random_bytes

    def all(self) -> list[AccessKey]:
        """Every key, also those that were revoked or have expired, oldest first."""
        return read_keys(self._database)

    def create(
        self, name: str, scopes: Collection[Scope], expires_at: datetime | None, created_by: str
    ) -> tuple[KeyText, AccessKey]:
        """Create a key; its text is in no other place than the result.

        Raises:
            InvalidValue: the name or the time of expiry is invalid, or there is no scope.
            KeyNameTaken: a valid key has this name.
        """
        now = self._clock()
        name = clean_key_name(name)
        check_scopes(scopes)
        check_expiry(expires_at, now)
        text = KeyText.new(self._random_bytes)
        key = AccessKey(
            text.prefix, name, text.digest, frozenset(scopes), now, created_by, expires_at
        )
        with self._changing() as connection:
            if valid_keys(connection, name, now):
                raise KeyNameTaken(name)
            insert_key(connection, key)
        return text, key

    def rotate(
        self, key: str, overlap: timedelta, created_by: str
    ) -> tuple[KeyText, AccessKey, AccessKey]:
        """Create a key that replaces another one, which stays valid for the overlap.

        The new key has the same name and scopes, and is valid for as long as the other one was to
        be when it was created.

        Returns:
            The text of the new key, the new key, and the replaced one with its new expiry.

        Raises:
            InvalidValue: the overlap is negative, or too long.
            UnknownKey: there is no such key.
            KeyNotValid: the key with this prefix was revoked or has expired.
            SeveralKeys: two valid keys have this name: it is being replaced already.
        """
        check_overlap(overlap)
        now = self._clock()
        text = KeyText.new(self._random_bytes)
        with self._changing() as connection:
            old = replaceable_key(connection, key, now)
            lifetime = None if old.expires_at is None else old.expires_at - old.created_at
            new = replace(
                old,
                prefix=text.prefix,
                digest=text.digest,
                created_at=now,
                created_by=created_by,
                expires_at=None if lifetime is None else now + lifetime,
                used_at=None,
            )
            end = now + overlap
            old = replace(old, expires_at=min(end, old.expires_at or end))
            update_key(connection, old)
            insert_key(connection, new)
        return text, new, old

    def revoke(self, key: str, revoked_by: str, *, every: bool = False) -> list[AccessKey]:
        """Revoke a key and end its sessions; return it as it is now.

        A key that was revoked stays as it is. With `every`, all valid keys of the name are
        revoked.

        Raises:
            UnknownKey: no key has this prefix, and no valid key has this name.
            SeveralKeys: several valid keys have this name; not with `every`.
        """
        now = self._clock()
        with self._changing() as connection:
            keys = keys_meant(connection, key, now)
            if len(keys) > 1 and not every:
                raise SeveralKeys(key, [each.prefix for each in keys])
            revoked = [
                replace(each, revoked_at=now, revoked_by=revoked_by)
                if each.revoked_at is None
                else each
                for each in keys
            ]
            for each in revoked:
                update_key(connection, each)
                connection.execute(
                    delete(access_sessions).where(access_sessions.c.prefix == each.prefix)
                )
        return revoked

    def note_uses(self, times: Mapping[str, datetime]) -> None:
        """Note when keys were last used, by prefix, to the minute; never an earlier time."""
        uses = [
            {"of_prefix": prefix, "time": time.replace(second=0, microsecond=0)}
            for prefix, time in sorted(times.items())  # one order, so that servers never deadlock
        ]
        if uses:
            with self._database.writing(snapshot=False) as connection:
                connection.execute(_NOTE_USE, uses)
                connection.commit()

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        """A transaction that no other change of keys runs beside; committed at the end."""
        with self._database.writing(snapshot=False) as connection:
            if not self._database.is_sqlite:  # where the transaction has the file for itself
                connection.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))
            yield connection
            connection.commit()
