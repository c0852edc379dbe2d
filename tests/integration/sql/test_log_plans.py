"""How the databases go about pruning the log, the audit, and the chain of a message."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, update

from allocation.adapters.codec import Codec
from allocation.adapters.sql.audit import Audit
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.retention import Retention
from allocation.adapters.sql.schema import messages, opening_balances, order_lines
from allocation.adapters.sql.stock.pruning import Pruning
from allocation.domain.events import Allocated, BatchCreated, BatchQuantityChanged, Deallocated
from allocation.service_layer.messagebus import REGISTRY
from allocation.views import ChainViews, LineFilter
from allocation.views.histories import HistoryViews
from tests.support.crowded_database import CHAIN, CROWDED, DEAD, MESSAGES, SKUS, grow, message
from tests.support.groups import NOW
from tests.support.plans import bad_plans
from tests.support.processors import AT_ONCE
from tests.support.spies import overheard

ENDS = {
    # The first of an index, or the last: PostgreSQL calls it a scan, and ends it after one.
    "SELECT min(messages.seq)": {"Index Only Scan messages pk_messages"},
    "SELECT max(messages.seq)": {"Index Only Scan messages pk_messages"},
}
ENDS_AND_STATE = {
    **ENDS,
    # The table has one row.
    "UPDATE log_state": {"SCAN log_state", "Seq Scan log_state"},
}
EVERY_LINE = {
    *("SCAN order_lines", "Seq Scan order_lines", "Index Scan order_lines pk_order_lines"),
}
ALLOWED_TO_THE_AUDIT = {
    **ENDS,
    # It looks at every batch; and at every line that is promised, in the order of an index.
    "SELECT batches.reference": {
        "Seq Scan batches",
        "SCAN batches",
        "Index Scan batches pk_batches",
    },
    "FROM opening_balances": {
        "Seq Scan opening_balances",
        "SCAN opening_balances",
        "Index Scan opening_balances pk_opening_balances",
    },
    "FROM opening_backorders": {
        "Seq Scan opening_backorders",
        "SCAN opening_backorders",
        "Index Scan opening_backorders pk_opening_backorders",
    },
    # And at every line that waits.
    "SELECT order_lines.sku": {
        "Seq Scan order_lines",
        "SCAN order_lines USING INDEX ix_order_lines_waiting",
        "Index Scan order_lines ix_order_lines_waiting",
        "SCAN order_lines USING INDEX ix_order_lines_queue",
        "Index Scan order_lines ix_order_lines_queue",
    },
    # And at every message of a chain that is open.
    "SELECT messages.body": {
        "SCAN messages USING INDEX ix_messages_open",
        "Index Scan messages ix_messages_open",
    },
    # And at every line, whose parts are summed in the order of the key, or in a hash table.
    "HAVING min(": EVERY_LINE,
    # Of these, only the parts of divided lines are sorted.
    "WHERE order_lines.ordered IS NOT NULL": {
        *(*EVERY_LINE, "Sort", "Incremental Sort", "USE TEMP B-TREE FOR GROUP BY"),
    },
    "GROUP BY order_lines.batchref": {
        "SCAN order_lines USING INDEX ix_order_lines_promised",
        "Index Scan order_lines ix_order_lines_promised",
    },
}
"""The log it reads whole too, but a page at a time, by its primary key."""

ALLOWED_TO_A_HISTORY = {
    # One row, the first of the primary key.
    "SELECT messages.seq, messages.at \n": {"Index Scan messages pk_messages", "SCAN messages"},
    # The facts of one order, by its index, are grouped by line.
    "GROUP BY": {"Sort", "USE TEMP B-TREE FOR GROUP BY"},
}

ALLOWED_TO_A_CHAIN = {
    # At most a hundred causes, which the query has found by their ids.
    "WITH RECURSIVE causes": {"SCAN causes"},
    "WITH RECURSIVE links": {"SCAN links"},
    # The messages of one chain, by its index, are sorted once.
    "ORDER BY messages.seq + ": {"Sort"},
}

CODEC = Codec(REGISTRY)
LOG: tuple[tuple[object, list[object]], ...] = (
    (BatchCreated("of-SKU-7", CROWDED, 10_000), ["of-SKU-7"]),
    (Allocated("SKU-7-1", CROWDED, 1, "of-SKU-7"), []),
    (BatchQuantityChanged("of-SKU-7", 2_000), [None]),
    (Deallocated("SKU-7-1", CROWDED, 1, "of-SKU-7", "quantity changed"), []),
)
"""What is booked when it leaves the log."""


@pytest.fixture
def booked(database: Database) -> Database:
    """One with a long log, which has something that concerns batches, and dead letters."""
    grow(database)
    with database.writing() as connection:
        for number, (what, results) in enumerate(LOG):
            name, body = CODEC.encode_message(what)
            columns = {"type": name, "body": body, "results": CODEC.encode_results(results)}
            these = messages.c.id == f"old-{number}"
            connection.execute(update(messages).where(these).values(columns))
        last = messages.c.seq == select(func.max(messages.c.seq)).scalar_subquery()
        connection.execute(update(messages).where(last).values(at=NOW + timedelta(days=7)))
        sums = {"announced_by": 0, "adjusted_quantity": 0, "allocated_quantity": 0}
        balance = {"reference": "of-SKU-7", **sums}
        connection.execute(insert(opening_balances).values(balance))
        connection.commit()
    return database


def test_pruning_reads_no_table_that_grows_whole(booked: Database) -> None:
    prepare = Pruning(REGISTRY).prepare
    retention = Retention(booked, lambda: NOW + timedelta(days=8), AT_ONCE, prepare)
    with overheard(booked) as traffic:
        assert next(retention.prune(timedelta(days=7))) == 250
        assert next(retention.prune(timedelta(days=7))) == 250
    statements = " ".join(statement for statement, _ in traffic.statements)
    for act in (
        *("INSERT INTO opening_balances", "DELETE FROM opening_balances", "DELETE FROM messages"),
        *("INSERT INTO opening_backorders", "FROM opening_backorders"),
        *("FROM opening_balances", "min(of_chain.seq)", "max(messages"),
    ):
        assert act in statements
    assert bad_plans(booked, traffic, ENDS_AND_STATE) == {}


def test_the_audit_reads_the_log_by_its_key_and_sorts_nothing(booked: Database) -> None:
    with overheard(booked) as traffic:
        batches_there_are, _ = Audit(booked, REGISTRY).run()
    assert batches_there_are == SKUS
    assert sum("LIMIT" in statement for statement, _ in traffic.statements) >= MESSAGES / 5_000
    assert bad_plans(booked, traffic, ALLOWED_TO_THE_AUDIT) == {}


ASKED = [LineFilter(), LineFilter(CROWDED), LineFilter(CROWDED, "")]


@pytest.mark.parametrize("lines", ASKED)
def test_a_history_is_read_by_indexes(booked: Database, lines: LineFilter) -> None:
    with booked.writing() as connection:
        connection.execute(delete(messages).where(messages.c.seq == 1))  # the log was pruned
        connection.commit()
    with overheard(booked) as traffic:
        page = HistoryViews(booked, {}).page("SKU-7-1", lines, limit=2)
    assert page is not None
    assert [entry.kind for entry in page.entries] == ["allocated", "lost"]
    assert bad_plans(booked, traffic, ALLOWED_TO_A_HISTORY) == {}


def test_closed_lines_are_forgotten_by_indexes(booked: Database) -> None:
    with booked.writing() as connection:
        one = order_lines.c.orderid == "SKU-7-1"
        states = {"state": "shipped", "promise": None, "due": None}
        connection.execute(update(order_lines).where(one).values(states))
        connection.commit()
    retention = Retention(
        booked, lambda: NOW + timedelta(days=8), AT_ONCE, Pruning(REGISTRY).prepare
    )
    with overheard(booked) as traffic:
        assert next(retention.prune(timedelta(days=7))) == 250
    statements = " ".join(statement for statement, _ in traffic.statements)
    for act in ("DELETE FROM order_lines", "FROM products", "type = 'Allocated'"):
        assert act in statements
    assert bad_plans(booked, traffic, ENDS_AND_STATE) == {}


OF_CHAIN = ["old-7", f"old-{CHAIN}", f"old-{MESSAGES + DEAD + 1}"]


@pytest.mark.parametrize("asked", ["old-0", *OF_CHAIN, "old-500"])
def test_a_chain_is_read_by_indexes(database: Database, asked: str) -> None:
    grow(database)
    numbers = range(MESSAGES + DEAD, MESSAGES + DEAD + 3)
    causes = [f"old-{number}" for number in (CHAIN, *numbers)]
    rows = [message(*row) for row in zip(numbers, ["handled"] * 3, causes, strict=False)]
    with database.writing() as connection:
        connection.execute(insert(messages), [row | {"correlation_id": "old-0"} for row in rows])
        connection.commit()
    with overheard(database) as traffic:
        for limit in (2, 100):
            assert ChainViews(database).around(asked, limit=limit) is not None
    recursive = [statement for statement, _ in traffic.statements if "RECURSIVE" in statement]
    assert bool(recursive) == (asked in OF_CHAIN)
    assert bad_plans(database, traffic, ALLOWED_TO_A_CHAIN) == {}
