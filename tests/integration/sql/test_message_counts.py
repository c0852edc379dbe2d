"""The latest messages are counted by their type and that of their cause."""

from datetime import timedelta

from allocation.adapters.sql.engine.database import Database
from allocation.views.message_counts import MessageCountViews
from tests.support.crowded_database import grow
from tests.support.groups import NOW
from tests.support.logged_messages import a_row, write_rows
from tests.support.plans import bad_plans
from tests.support.spies import overheard

ALLOWED = {
    # The last number of the log.
    "SELECT max(messages.seq)": {"Index Only Scan messages pk_messages"},
    # The counted messages, of which there are only so many, are grouped.
    "GROUP BY": {"USE TEMP B-TREE FOR GROUP BY", "Sort"},
}


def test_an_empty_log_has_no_counts(database: Database) -> None:
    counts = MessageCountViews(database).latest()
    assert (dict(counts.pairs), counts.since) == ({}, None)


def test_counts_are_those_of_the_messages_at_the_end_of_the_log(database: Database) -> None:
    write_rows(
        database,
        a_row("old", type="BatchCreated", at=NOW - timedelta(days=1)),
        a_row("m1", type="BatchEtaChanged"),
        a_row("m2", type="OutOfStock", causation_id="m1"),
        a_row("m3", type="OutOfStock", causation_id="m1"),
        a_row("m4", type="OutOfStock", causation_id="old"),
        a_row("m5", type="OutOfStock", causation_id="pruned"),
    )

    counts = MessageCountViews(database).latest(5)
    assert dict(counts.pairs) == {
        (None, "BatchEtaChanged"): 1,
        ("BatchEtaChanged", "OutOfStock"): 2,
        ("BatchCreated", "OutOfStock"): 1,
        (None, "OutOfStock"): 1,
    }
    assert counts.since == NOW
    assert (counts.of_type("OutOfStock"), counts.of_type("BatchCreated")) == (4, 0)


def test_only_the_end_of_the_log_is_read(database: Database) -> None:
    grow(database)
    with overheard(database) as traffic:
        assert MessageCountViews(database).latest().pairs.total() == 2_000
    assert bad_plans(database, traffic, ALLOWED) == {}
