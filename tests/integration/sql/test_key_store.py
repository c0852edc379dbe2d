"""Access keys in SQLite and PostgreSQL."""

import re
import traceback
from collections import Counter
from datetime import UTC, datetime, timedelta
from secrets import token_bytes

import pytest
from sqlalchemy import insert, select, text

from allocation.access.keys import AccessKey
from allocation.access.scopes import Scope
from allocation.adapters.sql.access.key_store import KeyStore
from allocation.adapters.sql.access.schema import access_keys, access_sessions
from allocation.adapters.sql.engine.database import Database
from allocation.errors import (
    AccessError,
    InvalidValue,
    KeyNameTaken,
    KeyNotValid,
    SeveralKeys,
    UnknownKey,
)
from tests.support.clock import VirtualClock
from tests.support.concurrent_clients import concurrently
from tests.support.storages import OpenDatabase

DAY = timedelta(days=1)
ALICE, BOB = "user:alice", "user:bob"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def keys(database: Database, clock: VirtualClock) -> KeyStore:
    return KeyStore(database, clock, token_bytes)


def created(keys: KeyStore, name: str = "shop", lifetime: timedelta | None = None) -> AccessKey:
    expires_at = None if lifetime is None else keys._clock() + lifetime
    return keys.create(name, {Scope.ORDERS}, expires_at, ALICE)[1]


def valid(keys: KeyStore, clock: VirtualClock) -> list[str]:
    return [key.prefix for key in keys.all() if key.is_valid(clock())]


def add_session(database: Database, digest: str, prefix: str) -> None:
    time = datetime(2030, 1, 1, tzinfo=UTC)
    values = {"digest": digest, "prefix": prefix, "created_at": time, "seen_at": time}
    with database.writing() as connection:
        connection.execute(insert(access_sessions), values)
        connection.commit()


def sessions(database: Database) -> Counter[str]:
    with database.reading() as connection:
        prefixes = connection.execute(select(access_sessions.c.prefix)).scalars()
        return Counter(prefixes)


def everything_stored(database: Database) -> str:
    with database.reading() as connection:
        return repr([tuple(row) for row in connection.execute(select(access_keys))])


def test_a_database_without_keys_has_none(keys: KeyStore) -> None:
    assert keys.all() == []


def test_a_key_is_stored_as_it_was_created(keys: KeyStore, clock: VirtualClock) -> None:
    scopes, expires_at = {Scope.STOCK, Scope.ORDERS}, clock() + 90 * DAY

    secret, key = keys.create("shop", scopes, expires_at, ALICE)

    assert key == AccessKey(
        secret.prefix, "shop", secret.digest, frozenset(scopes), clock(), ALICE, expires_at
    )
    assert keys.all() == [key]


def test_the_database_has_no_secret(keys: KeyStore, database: Database) -> None:
    first, _ = keys.create("shop", {Scope.READ}, None, ALICE)
    second, _, _ = keys.rotate("shop", DAY, ALICE)

    stored = everything_stored(database)

    assert first.prefix in stored
    assert second.prefix in stored
    assert first.secret not in stored
    assert second.secret not in stored


def test_the_texts_of_keys_and_errors_tell_no_secret_and_no_digest(keys: KeyStore) -> None:
    secret, key = keys.create("shop", {Scope.READ}, None, ALICE)
    with pytest.raises(KeyNameTaken) as refused:
        keys.create("shop", {Scope.READ}, None, ALICE)

    texts = [repr(secret), repr(key), str(key), *traceback.format_exception(refused.value)]

    assert not any(secret.secret in line or secret.digest in line for line in texts)


def test_keys_are_listed_oldest_first_with_revoked_and_expired_ones(
    keys: KeyStore, clock: VirtualClock
) -> None:
    expired = created(keys, "expired", DAY)
    clock.go_on(seconds=1)
    revoked = created(keys, "revoked")
    keys.revoke("revoked", BOB)
    clock.go_on(seconds=2 * DAY.total_seconds())
    new = created(keys, "new")

    assert [key.prefix for key in keys.all()] == [expired.prefix, revoked.prefix, new.prefix]
    assert valid(keys, clock) == [new.prefix]


def test_a_name_belongs_to_one_valid_key(keys: KeyStore) -> None:
    first = created(keys)

    with pytest.raises(KeyNameTaken, match="'shop'"):
        created(keys)

    assert keys.all() == [first]


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_the_name_of_an_ended_key_is_free(keys: KeyStore, clock: VirtualClock, end: str) -> None:
    created(keys, lifetime=DAY)
    if end == "revoked":
        keys.revoke("shop", BOB)
    else:
        clock.go_on(seconds=DAY.total_seconds())

    assert valid(keys, clock) == []
    again = created(keys)
    assert valid(keys, clock) == [again.prefix]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        (" shop", "has blanks around it"),
        ("sh\nop", "has a control character"),
        ("sh\u200bop", "has a zero width space"),
        ("x" * 101, "is longer than 100 characters"),
        ("0123456789ab", "has the form of a key's prefix"),
    ],
)
def test_a_bad_name_is_refused(keys: KeyStore, name: str, reason: str) -> None:
    with pytest.raises(InvalidValue, match=f"^name .*{re.escape(reason)}"):
        created(keys, name)

    assert keys.all() == []


def test_a_key_without_scopes_or_future_is_refused(keys: KeyStore, clock: VirtualClock) -> None:
    with pytest.raises(InvalidValue, match=r"^scopes .*read, orders, stock, admin"):
        keys.create("shop", [], None, ALICE)
    with pytest.raises(InvalidValue, match=r"^expires_at .*is not in the future"):
        keys.create("shop", [Scope.READ], clock(), ALICE)

    assert keys.all() == []


def test_clients_that_create_the_same_name_at_once_get_one_key(
    database_url: str, open_database: OpenDatabase, clock: VirtualClock
) -> None:
    stores = [KeyStore(open_database(database_url), clock, token_bytes) for _ in range(4)]

    def create_all(client: int) -> list[str]:
        prefixes = []
        for number in range(10):
            try:
                prefixes.append(created(stores[client], f"shop {number}").prefix)
            except KeyNameTaken:
                continue
        return prefixes

    prefixes = [prefix for each in concurrently(4, create_all) for prefix in each]

    stored = stores[0].all()
    assert sorted(key.name for key in stored) == [f"shop {number}" for number in range(10)]
    assert sorted(key.prefix for key in stored) == sorted(prefixes)


def test_a_rotated_key_stays_valid_for_the_overlap_and_no_longer(
    keys: KeyStore, clock: VirtualClock
) -> None:
    old = created(keys)
    clock.go_on(seconds=60)

    secret, new, replaced = keys.rotate("shop", DAY, BOB)

    assert (new.prefix, new.digest) == (secret.prefix, secret.digest)
    assert (new.name, new.scopes, new.expires_at) == ("shop", old.scopes, None)
    assert (new.created_at, new.created_by) == (clock(), BOB)
    assert replaced.expires_at == clock() + DAY
    assert keys.all() == [replaced, new]
    assert valid(keys, clock) == [old.prefix, new.prefix]
    clock.go_on(seconds=DAY.total_seconds())
    assert valid(keys, clock) == [new.prefix]


def test_a_rotation_without_overlap_ends_the_old_key_at_once(
    keys: KeyStore, clock: VirtualClock
) -> None:
    created(keys)

    _, new, _ = keys.rotate("shop", timedelta(0), BOB)

    assert valid(keys, clock) == [new.prefix]


def test_a_rotation_renews_the_lifetime_and_never_prolongs_the_old_key(
    keys: KeyStore, clock: VirtualClock
) -> None:
    old = created(keys, lifetime=10 * DAY)
    clock.go_on(seconds=9 * DAY.total_seconds())

    _, new, replaced = keys.rotate(old.prefix, 7 * DAY, BOB)

    assert replaced.expires_at == old.expires_at
    assert new.expires_at == clock() + 10 * DAY


def test_a_name_has_two_valid_keys_at_most(keys: KeyStore, clock: VirtualClock) -> None:
    created(keys)
    clock.go_on(seconds=60)
    keys.rotate("shop", DAY, BOB)
    both = valid(keys, clock)

    for key in ("shop", *both):
        with pytest.raises(SeveralKeys, match=f"{both[0]} and {both[1]}"):
            keys.rotate(key, DAY, BOB)

    assert valid(keys, clock) == both


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=367)])
def test_a_bad_overlap_is_refused(keys: KeyStore, overlap: timedelta) -> None:
    old = created(keys)

    with pytest.raises(InvalidValue, match=r"^overlap .*is not between 0 and 366 days"):
        keys.rotate("shop", overlap, BOB)

    assert keys.all() == [old]


def test_an_ended_key_cannot_be_rotated(keys: KeyStore) -> None:
    old = created(keys)
    ended = keys.revoke("shop", BOB)

    with pytest.raises(UnknownKey, match="'shop'"):
        keys.rotate("shop", DAY, BOB)
    with pytest.raises(KeyNotValid, match=old.prefix):
        keys.rotate(old.prefix, DAY, BOB)

    assert keys.all() == ended


def test_a_revoked_key_is_not_valid_and_says_who_revoked_it(
    keys: KeyStore, clock: VirtualClock
) -> None:
    key = created(keys)
    other = created(keys, "other")
    clock.go_on(seconds=60)

    (revoked,) = keys.revoke(key.prefix, BOB)

    assert (revoked.revoked_at, revoked.revoked_by) == (clock(), BOB)
    assert revoked in keys.all()
    assert valid(keys, clock) == [other.prefix]


def test_a_key_that_is_revoked_twice_stays_as_it_was(keys: KeyStore, clock: VirtualClock) -> None:
    key = created(keys)
    revoked = keys.revoke("shop", BOB)
    clock.go_on(seconds=60)

    assert keys.revoke(key.prefix, ALICE) == revoked
    assert keys.all() == revoked


def test_two_valid_keys_of_a_name_are_told_apart_by_their_prefixes(
    keys: KeyStore, clock: VirtualClock
) -> None:
    old = created(keys)
    clock.go_on(seconds=60)
    _, new, _ = keys.rotate("shop", DAY, BOB)

    with pytest.raises(SeveralKeys, match=f"{old.prefix} and {new.prefix}"):
        keys.revoke("shop", BOB)
    assert valid(keys, clock) == [old.prefix, new.prefix]

    keys.revoke(old.prefix, BOB)
    assert valid(keys, clock) == [new.prefix]


def test_all_keys_of_a_name_are_revoked_at_once(keys: KeyStore, clock: VirtualClock) -> None:
    created(keys)
    keys.rotate("shop", DAY, BOB)
    other = created(keys, "other")

    assert len(keys.revoke("shop", BOB, every=True)) == 2

    assert valid(keys, clock) == [other.prefix]


@pytest.mark.parametrize("key", ["nobody", "0123456789ab", "", "a\0b", "x" * 1000, "\ud800"])
def test_a_key_that_is_not_there_is_unknown(keys: KeyStore, key: str) -> None:
    there = created(keys)

    for refused in (
        lambda: keys.revoke(key, BOB),
        lambda: keys.revoke(key, BOB, every=True),
        lambda: keys.rotate(key, DAY, BOB),
    ):
        with pytest.raises(UnknownKey):
            refused()

    assert keys.all() == [there]


def test_the_sessions_of_a_key_end_with_it(keys: KeyStore, database: Database) -> None:
    key, other = created(keys), created(keys, "other")
    for digest, prefix in (("1", key.prefix), ("2", key.prefix), ("3", other.prefix)):
        add_session(database, digest, prefix)

    keys.revoke("shop", BOB)

    assert sessions(database) == {other.prefix: 1}


def test_the_last_use_is_noted_to_the_minute_and_never_goes_back(
    keys: KeyStore, clock: VirtualClock
) -> None:
    key, other = created(keys), created(keys, "other")
    noon = datetime(2030, 1, 1, 12, 0, 59, 999_999, tzinfo=UTC)

    def last_uses() -> list[datetime | None]:
        uses = {each.prefix: each.used_at for each in keys.all()}
        return [uses[key.prefix], uses[other.prefix]]

    keys.note_uses({})
    assert last_uses() == [None, None]
    keys.note_uses({key.prefix: noon, "0123456789ab": noon})
    assert last_uses() == [noon.replace(second=0, microsecond=0), None]
    keys.note_uses({key.prefix: noon - DAY, other.prefix: noon - DAY})
    assert last_uses() == [
        noon.replace(second=0, microsecond=0),
        (noon - DAY).replace(second=0, microsecond=0),
    ]


def test_a_refused_change_leaves_no_lock_behind(keys: KeyStore, database: Database) -> None:
    for refuse in (created, created, lambda keys: keys.revoke("nobody", BOB)):
        try:
            refuse(keys)
        except AccessError:
            continue

    assert created(keys, "next").name == "next"
    if not database.is_sqlite:
        with database.reading() as connection:
            held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            assert connection.execute(held).scalar_one() == 0
