"""The feed is read by the key of the log alone, a million messages back as fast as at its end."""

from typing import Final

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, messages, products
from allocation.views import FeedViews
from tests.support.crowded_database import batch, fill, message, product
from tests.support.plans import bad_plans, effort
from tests.support.spies import overheard

LENGTH: Final = 20_000

ALLOWED: Final = {
    # The last of an index: PostgreSQL calls it a scan, and ends it after one.
    "max(": {"Index Only Scan messages pk_messages"},
    # One row.
    "FROM messages_seq_seq": {"Seq Scan messages_seq_seq"},
    # The list of references.
    "FROM json_": {"SCAN named", "Function Scan named"},
    "FROM log_state": {"SCAN log_state", "Seq Scan log_state", "Index Scan log_state pk_log_state"},
}


@pytest.fixture
def long_log(database: Database) -> Database:
    """A long log, every second message of which names a batch and no product."""
    named = ('{"sku":"LAMP"}', '{"ref":"b1","qty":1}')
    history = [message(n, "handled") | {"body": named[n % 2]} for n in range(LENGTH)]
    stock = {products: [product("LAMP", 1)], batches: [batch("b1", "LAMP", 1, 0)]}
    fill(database, stock | {messages: history})
    return database


@pytest.mark.parametrize("after", [0, LENGTH // 2, LENGTH - 100])
def test_a_portion_is_read_by_the_primary_key(long_log: Database, after: int) -> None:
    feed = FeedViews(long_log)
    with overheard(long_log) as traffic:
        portion = feed.portion(after, LENGTH, 100)
    assert [each.seq for each in portion.messages] == list(range(after + 1, after + 101))
    assert {each.sku for each in portion.messages} == {"LAMP"}
    assert bad_plans(long_log, traffic, ALLOWED) == {}


def test_a_portion_costs_the_same_wherever_it_is(long_log: Database) -> None:
    feed = FeedViews(long_log)
    efforts = set()
    for after in (1_000, LENGTH - 1_000):
        with overheard(long_log) as traffic:
            assert len(feed.portion(after, LENGTH, 100).messages) == 100
        efforts.add(effort(long_log, traffic) // 1_000)
    assert len(efforts) == 1


def test_to_look_at_the_end_of_a_long_log_reads_no_table_whole(long_log: Database) -> None:
    feed = FeedViews(long_log)
    with overheard(long_log) as traffic:
        _, portion = feed.tail(None)
        _, portion = feed.tail(portion.through - 10)
    assert len(portion.messages) == 10
    traffic.statements = [each for each in traffic.statements if "pg_locks" not in each[0]]
    assert bad_plans(long_log, traffic, ALLOWED) == {}
