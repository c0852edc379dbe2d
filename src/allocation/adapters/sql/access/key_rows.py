"""Access keys as rows of their table, and the keys that a request means."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, insert, select, update

from allocation.access.errors import KeyNotValid, SeveralKeys, UnknownKey
from allocation.access.keys import AccessKey
from allocation.access.scopes import Scope
from allocation.adapters.sql.access.key_values import has_form_of_prefix
from allocation.adapters.sql.access.schema import access_keys
from allocation.domain.validation import normalize_name

_columns = access_keys.c
_KEYS: Final = select(access_keys).order_by(_columns.created_at, _columns.prefix)


def every_key(connection: Connection) -> list[AccessKey]:
    """Every key, also those that were revoked or have expired, oldest first."""
    return [_key(row) for row in connection.execute(_KEYS)]


def valid_keys(connection: Connection, name: str, now: datetime) -> list[AccessKey]:
    """The valid keys of this name, oldest first."""
    return [key for key in _where(connection, _columns.name == name) if key.is_valid(now)]


def keys_meant(connection: Connection, key: str, now: datetime) -> list[AccessKey]:
    """The key with this prefix, valid or not; or the valid keys of this name.

    Raises:
        UnknownKey: there is none.
    """
    if has_form_of_prefix(key):
        keys = _where(connection, _columns.prefix == key)
    else:
        name = normalize_name(key)  # not every database accepts any text in a query
        keys = [] if name is None else valid_keys(connection, name, now)
    if not keys:
        raise UnknownKey(key)
    return keys


def replaceable_key(connection: Connection, key: str, now: datetime) -> AccessKey:
    """The only valid key of its name, which is meant by this prefix or this name.

    Raises:
        UnknownKey: there is no such key.
        KeyNotValid: the key with this prefix was revoked or has expired.
        SeveralKeys: another key of this name is valid, too.
    """
    meant, *_ = keys_meant(connection, key, now)
    if not meant.is_valid(now):
        raise KeyNotValid(meant.prefix)
    keys = valid_keys(connection, meant.name, now)
    if len(keys) > 1:
        raise SeveralKeys(meant.name, [each.prefix for each in keys])
    return meant


def insert_key(connection: Connection, key: AccessKey) -> None:
    """Store a new key."""
    connection.execute(insert(access_keys), _values(key))


def update_key(connection: Connection, key: AccessKey) -> None:
    """Store when a key expires, and whether it was revoked."""
    statement = update(access_keys).where(_columns.prefix == key.prefix)
    connection.execute(
        statement.values(
            expires_at=key.expires_at, revoked_at=key.revoked_at, revoked_by=key.revoked_by
        )
    )


def _where(connection: Connection, condition: ColumnElement[bool]) -> list[AccessKey]:
    return [_key(row) for row in connection.execute(_KEYS.where(condition))]


def _key(row: Any) -> AccessKey:
    key = AccessKey(**row._mapping)
    return replace(key, scopes=frozenset(map(Scope, row.scopes.split())))


def _values(key: AccessKey) -> dict[str, Any]:
    in_order = [scope for scope in Scope if scope in key.scopes]
    return {**asdict(key), "scopes": " ".join(in_order)}
