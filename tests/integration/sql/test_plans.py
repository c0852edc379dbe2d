"""No statement reads every row of a table that grows."""

from datetime import timedelta

import pytest

from allocation.adapters.sql.database import Database
from allocation.adapters.sql.store import SqlStore
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged
from allocation.messaging.log import Fate
from tests.support.crowded import CROWDED, grown
from tests.support.groups import NOW, accepted, an_entry
from tests.support.plans import bad_plans, scanned
from tests.support.spies import Traffic, overheard

WORK = (
    BatchCreated("b1", CROWDED, 7),
    BatchCreated("b2", "NEW", 7),
    AllocationRequired("new", CROWDED, 4),
    AllocationRequired("new", "SKU-8", 4),
    BatchQuantityChanged("of-SKU-7", 2_000),
)

ALLOWED = {
    # The products of one group, to be locked in the order of their skus.
    "FOR UPDATE OF t": {"Sort"},
    # The partial index is short: it holds nothing but what is unfinished.
    "min(coalesce(messages.due": {
        "Index Scan messages ix_messages_unfinished",
        "Index Only Scan messages ix_messages_unfinished",
        "SCAN messages USING INDEX ix_messages_unfinished",
    },
}
"""What a statement on one of these may do."""


@pytest.fixture
def heard(database: Database) -> Traffic:
    """The statements of everything that the adapters do."""
    grown(database)
    store = SqlStore(database)
    with overheard(database) as traffic:
        with store.begin() as transaction:
            transaction.expect(WORK)
            transaction.find(["old-1", "new-1"])
            transaction.going_on(["old-1"], NOW)
            for what in WORK:
                accepted(transaction, what)
            for fate in (Fate.PENDING, Fate.OUTGOING):
                transaction.write(an_entry(BatchCreated("b1", "X", 7), fate, fate))
            transaction.commit()
        with store.begin() as transaction:
            due = NOW + timedelta(hours=1)
            for entry in (*transaction.pending(9, due), *transaction.outgoing(9, due)):
                transaction.write(entry.done(["b1"]))
            transaction.commit()
        store.next_due()
    return traffic


def test_no_table_that_grows_is_read_whole(database: Database, heard: Traffic) -> None:
    assert bad_plans(database, heard, ALLOWED) == {}


def test_everything_has_been_heard(heard: Traffic) -> None:
    """Else the test above would be content with nothing."""
    statements = " ".join(statement for statement, _ in heard.statements)
    for table in ("products", "batches", "messages"):
        assert f"INSERT INTO {table} " in statements
        assert f"UPDATE {table} " in statements
    assert "INSERT INTO order_lines" in statements
    reads = {statement for statement, _ in heard.statements if statement.startswith("SELECT")}
    assert len(reads) >= 8


@pytest.mark.parametrize(
    ("rest", "well"),
    [
        ("WHERE sku = 'SKU-7' AND orderid = 'SKU-7-1'", True),
        ("WHERE qty = 3", False),
        ("WHERE batchref IS NULL ORDER BY promise", False),
        ("WHERE sku = 'SKU-7' ORDER BY promise", False),
    ],
)
def test_a_bad_plan_is_noticed(database: Database, rest: str, well: bool) -> None:
    grown(database)
    assert (scanned(database, f"SELECT * FROM order_lines {rest}", {}) == []) is well
