"""A frame of `allocation top` reads no table whole that grows with the log or the orders."""

from datetime import UTC, datetime
from typing import Final

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages
from allocation.bootstrap.operations import queries_of
from allocation.config import Settings
from allocation.entrypoints.cli.top.frame import frame_of
from tests.support.crowded_database import fill, message
from tests.support.plans import bad_plans
from tests.support.spies import overheard

LENGTH: Final = 2_000

ALLOWED: Final = {
    # The last of an index: PostgreSQL calls it a scan, and ends it after one.
    "max(": {"Index Only Scan messages pk_messages"},
    # One row.
    "FROM messages_seq_seq": {"Seq Scan messages_seq_seq"},
    "FROM log_state": {"SCAN log_state", "Seq Scan log_state", "Index Scan log_state pk_log_state"},
}


def test_a_frame_is_read_by_indexes(database: Database) -> None:
    history = [message(n, "handled") for n in range(LENGTH)]
    fill(database, {messages: history})
    queries = queries_of(database, Settings())

    with overheard(database) as traffic:
        assert frame_of(queries, datetime.now(UTC)).last == LENGTH
    traffic.statements = [each for each in traffic.statements if "pg_locks" not in each[0]]
    assert bad_plans(database, traffic, ALLOWED) == {}
