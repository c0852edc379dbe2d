"""PostgreSQL as others set it up: what a role, a database or the environment can say."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from unittest import mock

import psycopg
import pytest
from sqlalchemy import text

from allocation.adapters.sql import migrate
from allocation.adapters.sql.engine import postgresql_settings
from allocation.adapters.sql.engine.database import Database
from allocation.domain.events import AllocationRequired
from allocation.messaging.errors import UnsupportedServer
from tests.support.builders import a_batch_created
from tests.support.commands import allocation_here
from tests.support.databases import PostgreSQL
from tests.support.files import BATCH_COLUMNS, a_file
from tests.support.serving import starting
from tests.support.stock_harness import StockHarness
from tests.support.storages import OpenDatabase
from tests.support.waiting import wait_until

CHAIR: Final = "ÇHÄÎR-椅子"
SaysFor = Callable[[str, str, str], None]


@pytest.fixture
def url(postgresql_url: str) -> str:
    return postgresql_url


def of_database(url: str, name: str, value: str) -> None:
    _alter(url, "DATABASE {database}", name, value)


def of_role(url: str, name: str, value: str) -> None:
    _alter(url, "ROLE CURRENT_USER IN DATABASE {database}", name, value)


def _alter(url: str, whose: str, name: str, value: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        whose = whose.format(database=connection.info.dbname)
        connection.execute(f"ALTER {whose} SET {name} = '{value}'")


def live(database: Database) -> None:
    """All that the service does: take in, repeat, wait, mail, shrink, look, prune, check."""
    harness = StockHarness(database)
    batch, line = a_batch_created("b1", sku=CHAIR, qty=10), AllocationRequired("o1", CHAIR, 8)
    for _ in range(2):
        assert harness.repeatable(batch, "k1").result == "b1"
        assert harness.repeatable(line, "k2").result == "b1"
    assert harness.handle(AllocationRequired("o2", CHAIR, 8))[0].result is None
    harness.clock.go_on(seconds=1)
    harness.carry_mails()
    assert set(harness.statuses.values()) == {"handled"}
    harness.life_goes_on()
    assert harness.prune() > 0
    assert harness.discrepancies == []


@pytest.mark.parametrize("says_for", [of_database, of_role])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DateStyle", "German"),
        ("DateStyle", "SQL, DMY"),
        ("client_encoding", "LATIN1"),
        ("client_encoding", "SQL_ASCII"),
        ("TimeZone", "<+05>-5"),
        ("IntervalStyle", "sql_standard"),
        ("bytea_output", "escape"),
        ("extra_float_digits", "-15"),
        ("default_transaction_isolation", "serializable"),
        ("client_min_messages", "debug5"),
        ("jit_above_cost", "0"),
        *((f"enable_{kind}", "off") for kind in ("nestloop", "indexscan")),
        *((name, "off") for name in ("standard_conforming_strings", "row_security")),
        *((name, "on") for name in ("transform_null_equals", "quote_all_identifiers")),
        ("default_transaction_deferrable", "on"),
        *((f"{kind}_timeout", "5s") for kind in ("lock", "statement", "transaction")),
        ("idle_session_timeout", "5s"),
    ],
)
def test_the_service_works_whatever_a_role_or_a_database_says(
    url: str, open_database: OpenDatabase, says_for: SaysFor, name: str, value: str
) -> None:
    says_for(url, name, value)
    live(open_database(url))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PGDATESTYLE", "German"),
        ("PGCLIENTENCODING", "LATIN1"),
        ("PGCLIENTENCODING", "SQL_ASCII"),
        ("PGTZ", "Asia/Kolkata"),
        ("PGGEQO", "off"),
        ("PGOPTIONS", "-c default_transaction_isolation=serializable -c DateStyle=Postgres"),
        ("PGAPPNAME", "ümlaut"),
    ],
)
def test_the_service_works_whatever_the_environment_says(
    url: str, open_database: OpenDatabase, name: str, value: str
) -> None:
    with mock.patch.dict(os.environ, {name: value}):
        live(open_database(url))


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("client_encoding", "LATIN1"),
        ("DateStyle", "German"),
        ("TimeZone", "Asia/Kolkata"),
        ("IntervalStyle", "iso_8601"),
        ("standard_conforming_strings", "off"),
        ("default_transaction_isolation", "serializable"),
        *((f"enable_{name}", "off") for name in ("nestloop", "indexscan", "indexonlyscan")),
        *((f"enable_{name}", "on") for name in ("seqscan", "hashjoin", "mergejoin", "bitmapscan")),
        ("plan_cache_mode", "auto"),
        ("jit", "on"),
        ("idle_in_transaction_session_timeout", "1h"),
    ],
)
def test_required_settings_are_set_on_every_connection(
    url: str, open_database: OpenDatabase, name: str, other: str
) -> None:
    of_database(url, name, other)
    assert setting(open_database(url), name) == postgresql_settings.SETTINGS[name]


def test_nothing_is_relied_on_that_the_test_above_leaves_out() -> None:
    (marks,) = test_required_settings_are_set_on_every_connection.pytestmark  # type: ignore[attr-defined]
    assert {name for name, _ in marks.args[1]} == set(postgresql_settings.SETTINGS)


@pytest.mark.parametrize(
    ("default", "used"),
    [
        ("off", "on"),
        *((unchanged, unchanged) for unchanged in ("on", "local", "remote_write", "remote_apply")),
    ],
)
def test_answers_are_on_disk_whatever_default_the_database_has(
    url: str, open_database: OpenDatabase, default: str, used: str
) -> None:
    of_database(url, "synchronous_commit", default)
    assert setting(open_database(url), "synchronous_commit") == used


def test_migrations_ignore_the_statement_timeout_of_the_database(
    empty_postgresql_url: str, open_database: OpenDatabase
) -> None:
    for name in ("statement_timeout", "lock_timeout", "transaction_timeout"):
        of_database(empty_postgresql_url, name, "300ms")
    database = open_database(empty_postgresql_url)
    with ThreadPoolExecutor() as pool:
        with psycopg.connect(empty_postgresql_url, autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(%s)", [migrate.ADVISORY_LOCK])
            upgrading = pool.submit(migrate.upgrade, database)
            wait_until(lambda: upgrading.done() or waits(other, "400ms"), "it waits for longer")
        upgrading.result()
    assert migrate.revision(database) == migrate.HEAD


def waits(connection: psycopg.Connection[Any], time: str) -> bool:
    """Whether somebody has waited for a lock for so long."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > %s::interval"
    )
    return connection.execute(asked, [time]).fetchone() != (0,)


class TestServerThatCannotBeUsed:
    """It is refused at the start, in one line that says why."""

    @pytest.fixture(params=["SQL_ASCII", "LATIN1"])
    def encoding(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def encoded(self, postgresql: PostgreSQL, encoding: str) -> Iterator[str]:
        with postgresql.empty("template0", f"ENCODING '{encoding}' LOCALE 'C'") as url:
            yield url

    @pytest.mark.parametrize("words", [("verify",), ("migrate",)])
    def test_a_server_of_another_encoding_is_refused(
        self, encoded: str, encoding: str, tmp_path: Path, words: tuple[str, ...]
    ) -> None:
        ended = allocation_here(*words, "--database", encoded, cwd=tmp_path)
        assert ended.returncode == 2
        assert f"the database's encoding is {encoding}, but it must be UTF8" in ended.stderr
        assert ended.stderr.startswith("error: ")
        assert ended.stderr.count("\n") == 1

    @pytest.mark.parametrize(
        ("version", "name"), [(110_022, "11"), (100_000, "10"), (90_624, "9.6")]
    )
    def test_a_server_of_an_old_version_is_refused(self, version: int, name: str) -> None:
        with pytest.raises(UnsupportedServer, match=f"PostgreSQL {name}, .* 12 or newer"):
            postgresql_settings.check(version, "UTF8", "the database")

    def test_but_not_for_being_the_oldest_or_newer_than_any(self) -> None:
        for version in (120_000, 190_000, 999_999):
            postgresql_settings.check(version, "UTF8", "the database")


class TestServerThatOnlyReads:
    """A standby, or a database that is set to be read only."""

    def test_is_refused_in_one_line_by_commands_and_servers(
        self, url: str, open_database: OpenDatabase, tmp_path: Path
    ) -> None:
        StockHarness(open_database(url)).handle(a_batch_created("b1"))
        of_database(url, "default_transaction_read_only", "on")
        batches = a_file(tmp_path, "b2,LAMP,10,", header=BATCH_COLUMNS)
        words = "import", "batches", batches, "--database", url
        ended = allocation_here(*words, cwd=tmp_path)
        with starting(url, tmp_path) as server:
            assert (ended.returncode, server.ended()) == (2, 2)
        for line in (*ended.stderr.splitlines(), *server.output):
            assert line.startswith("error: ")
            assert "the database is read-only (a standby, or" in line
        assert (ended.stderr.count("\n"), len(server.output)) == (1, 1)


def setting(database: Database, name: str) -> Any:
    with database.reading() as connection:
        return connection.execute(text(f"SHOW {name}")).scalar_one()
