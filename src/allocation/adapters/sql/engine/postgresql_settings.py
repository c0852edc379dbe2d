"""The settings of every PostgreSQL connection, and the check of the server.

A role, a database, a service file or the environment (`PGDATESTYLE`, `PGCLIENTENCODING`, `PGTZ`,
`PGOPTIONS`) may change any setting, so the ones that this program relies on are set on each
connection: after it is established, since poolers such as PgBouncer drop startup parameters.

Some settings are left to the operator, since no result depends on them: the timeout of idle
sessions, the search path, and `default_transaction_read_only`. So are the timeouts of statements
and locks; where the operator has set none, a connection has those of this module.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Dialect

from allocation.adapters.sql.engine import postgresql_connection as connection_to
from allocation.messaging.errors import UnsupportedServer
from allocation.messaging.sync_bridge import run_blocking

OLDEST_VERSION: Final = 12
"""The first major version with `plan_cache_mode`."""

ENCODING: Final = "UTF8"
"""The only supported encoding: others cannot store every name, or measure its length."""

SETTINGS: Final = {
    # The formats that the driver expects.
    "client_encoding": ENCODING,
    "DateStyle": "ISO, YMD",
    "TimeZone": "UTC",
    "IntervalStyle": "postgres",
    "standard_conforming_strings": "on",
    # Products are locked and then read again: the read must see the latest commits.
    "default_transaction_isolation": "read committed",
    # Every query uses an index, independently of table sizes and statistics, so that the planner
    # has no choice.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
    "enable_nestloop": "on",
    "enable_indexscan": "on",
    "enable_indexonlyscan": "on",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    # A process that is stopped in the middle of a group must not block the others.
    "idle_in_transaction_session_timeout": "10s",
}

LOCK_TIMEOUT: Final = 2.0
"""The time for which a statement waits for a lock, in seconds. A group of another process holds
its locks until it is committed."""

STATEMENT_TIMEOUT: Final = 5.0
"""The time that a statement may take, in seconds. COMMIT may take longer."""

PING_TIMEOUT: Final = 2.0
"""The time in which an idle connection must answer a ping, in seconds."""

ANSWER_TIMEOUT: Final = 6.0
"""The time after which a connection without an answer is closed, in seconds. A stopped backend
still acknowledges the data sent to it, but observes none of its own timeouts."""

_TIMEOUTS: Final = {"lock_timeout": LOCK_TIMEOUT, "statement_timeout": STATEMENT_TIMEOUT}

# Every commit waits for the disk; whether it also waits for standbys is the operator's choice.
_DURABLE: Final = (
    "set_config('synchronous_commit',"
    " coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), false)"
)


def connect(*args: Any, **options: Any) -> connection_to.Connection:
    """Open a connection with these settings.

    Raises:
        UnsupportedServer: the server is too old, or the database has another encoding.
        psycopg.Error: the connection failed.
    """
    return run_blocking(partial(_connect, *args, **options))


def _connect(*args: Any, **options: Any) -> connection_to.Connection:
    connection = connection_to.Connection.connect(*args, **options)
    connection.answer_timeout = ANSWER_TIMEOUT
    try:
        server = connection.info
        check(server.server_version, server.parameter_status("server_encoding"), _name(server))
        connection.autocommit = True  # one round trip
        connection.execute(_statement())
        connection.autocommit = False
    except BaseException:
        connection.close()
        raise
    return connection


def _statement() -> str:
    settings = [f"set_config('{name}', '{value}', false)" for name, value in SETTINGS.items()]
    timeouts = [
        f"set_config('{name}', coalesce(nullif(current_setting('{name}'), '0'),"
        f" '{int(seconds * 1000)}ms'), false)"
        for name, seconds in _TIMEOUTS.items()
    ]
    return f"SELECT {', '.join([*settings, *timeouts, _DURABLE])}"


@contextmanager
def without_timeouts(connection: Connection) -> Iterator[None]:
    """Let the transaction take as long as the operator's own timeouts allow.

    It may also be idle: what it waits for, such as a pipe that it reads or writes, may pause.

    Raises:
        StoreUnavailable: the connection failed.
    """
    for name in _TIMEOUTS:
        connection.exec_driver_sql(f"SET LOCAL {name} TO DEFAULT")
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    driver: Any = connection.connection.driver_connection
    driver.answer_timeout = None
    try:
        yield
    finally:
        driver.answer_timeout = ANSWER_TIMEOUT


def bound_ping(dialect: Dialect) -> None:
    """Make the pool discard a connection that does not answer its ping in time."""
    ping = dialect.do_ping

    def ping_in_time(connection: Any) -> bool:
        connection.answer_timeout = PING_TIMEOUT
        try:
            return ping(connection)
        finally:
            connection.answer_timeout = ANSWER_TIMEOUT

    dialect.do_ping = ping_in_time  # type: ignore[assignment, method-assign]  # no event


def check(version: int, encoding: str | None, where: str) -> None:
    """Check the version of the server and the encoding of the database.

    Raises:
        UnsupportedServer: one of them is not supported.
    """
    if version < OLDEST_VERSION * 10_000:
        name = str(version // 10_000) if version >= 100_000 else f"9.{version // 100 % 100}"
        reason = f"the server is PostgreSQL {name}, but {OLDEST_VERSION} or newer is needed"
        raise UnsupportedServer(reason, where)
    if encoding != ENCODING:
        raise UnsupportedServer(
            f"the database's encoding is {encoding}, but it must be {ENCODING}:"
            " create one with `createdb --template=template0 --encoding=UTF8 NAME`",
            where,
        )


def _name(server: psycopg.ConnectionInfo) -> str:
    return f"postgresql://{server.host}:{server.port}/{server.dbname}"
