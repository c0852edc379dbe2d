"""What every connection to PostgreSQL is set to, and which servers are refused.

A role, a database, a service file or the environment (`PGDATESTYLE`, `PGCLIENTENCODING`, `PGTZ`,
`PGOPTIONS`) may set anything for all connections, so what we rely on is set on each of them: after
it has been made, since poolers such as PgBouncer drop what is asked for while it is made.

Left as they are found, since they are the operator's and no answer depends on them: timeouts of
idle sessions, the search path, and `default_transaction_read_only`. Timeouts of statements and
locks, too, except that a connection which writes a group has bounds where the operator set none.
"""

from functools import partial
from typing import Any, Final

import psycopg
from sqlalchemy import Dialect

from allocation.adapters.sql.engine import postgresql_connection as connection_to
from allocation.messaging.errors import UnsupportedServer
from allocation.messaging.sync_bridge import run_blocking

OLDEST_VERSION: Final = 12
"""The first major version that has `plan_cache_mode`."""

ENCODING: Final = "UTF8"
"""A database of another encoding cannot hold every name, or does not know where one ends."""

SETTINGS: Final = {
    # What the driver understands, and what we give it.
    "client_encoding": ENCODING,
    "DateStyle": "ISO, YMD",
    "TimeZone": "UTC",
    "IntervalStyle": "postgres",
    "standard_conforming_strings": "on",
    # Products are locked and then read again: a transaction must see what was committed meanwhile.
    "default_transaction_isolation": "read committed",
    # All that we ask goes by a key that has an index, however the tables have grown and
    # whatever the statistics say: the planner has nothing to weigh.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
    "enable_nestloop": "on",
    "enable_indexscan": "on",
    "enable_indexonlyscan": "on",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    # A process that is stopped in the middle of a group must not hold up the others.
    "idle_in_transaction_session_timeout": "10s",
}

LOCK_TIMEOUT: Final = 2.0
"""Seconds for which a group waits for a lock; others hold one for as long as a group takes."""

STATEMENT_TIMEOUT: Final = 5.0
"""Seconds that a statement of a group may take. COMMIT may take longer."""

PING_TIMEOUT: Final = 2.0
"""Seconds for which a connection that was idle may take to show that it still works."""

ANSWER_TIMEOUT: Final = 6.0
"""Seconds after which a server that does not answer is given up: a backend that is stopped
acknowledges what is sent to it, and keeps no timeout."""

_BOUNDED: Final = (
    "SELECT set_config(name, %(value)s, false) FROM pg_settings"
    " WHERE name = %(name)s AND setting = '0'"
)

# An answer is given when it is on disk; how many standbys have it, too, is the operator's choice.
_DURABLE: Final = (
    "set_config('synchronous_commit',"
    " coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), false)"
)


def connect(*args: Any, **options: Any) -> connection_to.Connection:
    """A new connection, set to what we rely on.

    Raises:
        UnsupportedServer: the server is too old, or the database has another encoding.
        psycopg.Error: there is no connection.
    """
    return run_blocking(partial(_connect, *args, **options))


def _connect(*args: Any, **options: Any) -> connection_to.Connection:
    connection = connection_to.Connection.connect(*args, **options)
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
    settings = (f"set_config('{name}', '{value}', false)" for name, value in SETTINGS.items())
    return f"SELECT {', '.join([*settings, _DURABLE])}"


def bound_waits(connection: connection_to.Connection) -> None:
    """Let no statement on this connection wait for a lock, or for its answer, without end.

    Raises:
        psycopg.Error: the connection has failed.
    """
    connection.answer_timeout = ANSWER_TIMEOUT
    for name, seconds in (("lock_timeout", LOCK_TIMEOUT), ("statement_timeout", STATEMENT_TIMEOUT)):
        connection.execute(_BOUNDED, {"name": name, "value": f"{int(seconds * 1000)}ms"})


def bound_ping(dialect: Dialect) -> None:
    """Let the pool take a connection for broken that does not answer its ping in time."""
    ping = dialect.do_ping

    def ping_in_time(connection: Any) -> bool:
        connection.answer_timeout = PING_TIMEOUT
        answers = ping(connection)
        connection.answer_timeout = None
        return answers

    dialect.do_ping = ping_in_time  # type: ignore[assignment, method-assign]  # no event


def check(version: int, encoding: str | None, where: str) -> None:
    """See whether a server of this version, and its database's encoding, can be used.

    Raises:
        UnsupportedServer: it cannot.
    """
    if version < OLDEST_VERSION * 10_000:
        name = str(version // 10_000) if version >= 100_000 else f"9.{version // 100 % 100}"
        told = f"the server is PostgreSQL {name}, but {OLDEST_VERSION} or newer is needed"
        raise UnsupportedServer(told, where)
    if encoding != ENCODING:
        raise UnsupportedServer(
            f"the database's encoding is {encoding}, but it must be {ENCODING}:"
            " make one with `createdb --template=template0 --encoding=UTF8 NAME`",
            where,
        )


def _name(server: psycopg.ConnectionInfo) -> str:
    return f"postgresql://{server.host}:{server.port}/{server.dbname}"
