"""A frame of `allocation top` costs the same, however long the log is."""

from datetime import UTC, datetime
from typing import Final

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages
from allocation.bootstrap.operations import queries_of
from allocation.config import Settings
from allocation.entrypoints.cli.top.frame import frame_of
from tests.support.crowded_database import fill, message
from tests.support.plans import effort
from tests.support.spies import overheard

LENGTHS: Final = (2_000, 6_000)


def test_a_frame_of_a_longer_log_costs_no_more(database: Database) -> None:
    queries, efforts, length = queries_of(database, Settings()), list[int](), 0
    for longer in LENGTHS:
        fill(database, {messages: [message(n, "handled") for n in range(length, longer)]})
        length = longer
        with overheard(database) as traffic:
            assert frame_of(queries, datetime.now(UTC)).last == length
        traffic.statements = [each for each in traffic.statements if "pg_locks" not in each[0]]
        efforts.append(effort(database, traffic))

    assert efforts[1] < efforts[0] * 1.1
