"""No statement reads every row of a table that grows."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged
from allocation.domain.model import OrderLine, Product
from allocation.messaging.dead_letters import DeadLetters
from allocation.messaging.log import Status
from allocation.service_layer.messagebus import REGISTRY
from allocation.views import LogViews, Views
from allocation.views.current_batches import CurrentBatchViews
from allocation.views.facts import FactNames
from allocation.views.moves import MoveViews
from allocation.views.promises import PromiseViews
from allocation.views.spellings import SpellingViews
from tests.support.builders import a_batch
from tests.support.clock import Ids, VirtualClock
from tests.support.crowded_database import CROWDED, MESSAGES, grow, message
from tests.support.crowded_database import DEAD as LETTERS
from tests.support.groups import NOW, accepted, an_entry
from tests.support.plans import bad_plans, scanned
from tests.support.processors import AT_ONCE
from tests.support.spies import Traffic, overheard
from tests.support.storages import sql_store

WORK = (
    BatchCreated("b1", CROWDED, 7),
    BatchCreated("b2", "NEW", 7),
    AllocationRequired("new", CROWDED, 4),
    AllocationRequired("new", "SKU-8", 4),
    BatchQuantityChanged("of-SKU-7", 2_000),
)

A_LETTER, ANOTHER = f"old-{MESSAGES + 1}", f"old-{MESSAGES + 2}"

READS: dict[str, tuple[Any, ...]] = {
    "order": (f"{CROWDED}-1",),
    "product": (CROWDED,),
}
"""What is asked of each view."""

MOVE_READS: dict[str, tuple[Any, ...]] = {
    "page": ("old-0",),
    "counts": ("old-0",),
    "summary": ("old-0",),
    "moving": (["old-0", "old-1"],),
}
"""The same of what a message has moved."""

PROMISE_READS: dict[str, tuple[Any, ...]] = {"page": ("old-0",)}
"""The same of the promises that a message has changed."""

BATCH_READS: dict[str, tuple[Any, ...]] = {"of": (["of-SKU-7", "of-SKU-8"],), "pages": ()}
"""The same of batches that are compared with a count."""

SPELLING_READS: dict[str, tuple[Any, ...]] = {"like": (["sku-7", "Sku-8", "NÖ-SUCH"],)}
"""The same of skus in another case."""

AN_ALLOCATION = message(MESSAGES + LETTERS, "handled", "old-0") | {
    "type": "Allocated",
    "body": '{"orderid":"o1","sku":"CHAIR","qty":1,"batchref":"b1"}',
}
"""A fact of that message: the deallocation before it is looked up."""

LOG_READS: dict[str, tuple[Any, ...]] = {
    "last_number": (),
    "version": (),
    "has_others_than": ("example-shop-",),
    "outgoing": (),
    "unfinished": (),
    "skipped": (),
    "dead_letters": (),
    "dead_letter": (A_LETTER,),
}
"""The same of the log's."""

DEAD = {
    "Index Scan messages ix_messages_dead",
    "SCAN messages USING INDEX ix_messages_dead",
}

SORTED = {"Sort", "USE TEMP B-TREE FOR ORDER BY"}
ALLOWED = {
    # The last of an index: PostgreSQL calls it a scan, and ends it after one.
    "SELECT max(messages.seq)": {"Index Only Scan messages pk_messages"},
    "SELECT coalesce(max(messages.seq), ": {"Index Only Scan messages pk_messages"},
    # The products of one group, to be locked in the order of their skus.
    "FOR UPDATE OF t": {"Sort"},
    # The messages of one group, to be written in the order of their ids.
    "INSERT INTO messages": {"Sort"},
    # The partial index is short: it holds nothing but what is unfinished.
    "WHERE status IN ('pending', 'outgoing') ORDER BY messages.status": {
        "Index Scan messages ix_messages_unfinished",
        "SCAN messages USING INDEX ix_messages_unfinished",
    },
    # The same is true of this one.
    "SELECT count(DISTINCT messages.ordering_key) AS count_1 \nFROM messages": {
        "Index Only Scan messages ix_messages_outgoing",
        "Index Only Scan messages ix_messages_outgoing_due",
        "SCAN messages USING COVERING INDEX ix_messages_outgoing",
        "SCAN messages USING COVERING INDEX ix_messages_outgoing_due",
        "SCAN messages USING INDEX ix_messages_outgoing_due",  # SQLite 3.40 says it so
    },
    # The latest messages, at most as many as the subquery has.
    "SELECT EXISTS (SELECT * \nFROM (SELECT messages.status": {"SCAN anon_2"},
    # The first of the partial index: whether there is any.
    "WHERE status = 'pending'\n LIMIT": {
        "Index Only Scan messages ix_messages_pending",
        "SCAN messages USING COVERING INDEX ix_messages_pending",
    },
    "WHERE status = 'pending' \n LIMIT": {"Index Only Scan messages ix_messages_pending"},
    # From the end of the log, as far as the LIMIT.
    "ORDER BY messages.seq DESC": {
        *("Index Scan messages pk_messages", "SCAN messages", "SCAN anon_1"),
    },
    # From the beginning of the partial index, in its order, as far as the LIMIT.
    "WHERE status = 'dead' ORDER BY messages.seq": DEAD,
    "WHERE status = 'dead' AND messages.type IN": DEAD,
    # The lines of one order, by its index: all of them are the answer.
    "FROM order_lines LEFT OUTER JOIN batches": SORTED,
    # The facts of one chain, by its index, are counted, grouped or sorted once.
    "GROUP BY messages.type": {*SORTED, "USE TEMP B-TREE FOR GROUP BY"},
    "ORDER BY messages.seq + ": SORTED,
    ") AS waiting": {*SORTED, "USE TEMP B-TREE FOR GROUP BY", "SCAN waiting"},
    # The late lines of one product, by the indexes of its shipments and of due days; the sort
    # keeps no more rows than the LIMIT.
    "UNION ALL SELECT order_lines.sku": SORTED,
    # The queue of one product, by its index, which lists it by quantity; the sort keeps no
    # more rows than the LIMIT. The view counts the whole queue anyway.
    "SELECT order_lines.orderid, order_lines.qty": SORTED,
}
"""What a statement with one of these may do."""


def handle_in_groups(database: Database) -> None:
    store = sql_store(database)
    with store.begin() as transaction:
        transaction.prefetch(WORK)
        transaction.find(["old-1", "new-1"])
        transaction.incomplete(["old-1"], NOW)
        transaction.has_pending()
        transaction.blocked({"sku SKU-1", "batch of-SKU-7"}, NOW)
        transaction.held({"sku SKU-1", "batch of-SKU-7"})
        for what in WORK:
            accepted(transaction, what)
        for status in (Status.PENDING, Status.OUTGOING):
            transaction.write(an_entry(BatchCreated("b1", "X", 7), status, status))
        transaction.commit()
    with store.begin() as transaction:
        due = NOW + timedelta(hours=1)
        transaction.pending(9, due, {"sku SKU-1"})
        for entry in (*(transaction.pending(9, due) or ()), *transaction.outgoing(9, due)):
            transaction.write(entry.done(["b1"]))
        transaction.commit()
    store.due(due)
    with store.begin() as transaction:
        assert transaction.ahead(9, NOW) == []


def handle_alone(database: Database) -> None:
    with SqlAlchemyUnitOfWork(database) as uow:
        product, other = uow.products.get(CROWDED), uow.products.get_by_batchref("of-SKU-9")
        assert product is not None
        assert other is not None
        product.allocate(OrderLine("alone", CROWDED, 3))
        other.change_batch_quantity("of-SKU-9", 0)
        uow.products.add(Product("ALONE", [a_batch("alone", sku="ALONE")]))
        uow.commit()


def see_to_dead_letters(database: Database) -> None:
    letters = DeadLetters(sql_store(database), REGISTRY, VirtualClock(), Ids(), AT_ONCE)
    letters.replay(A_LETTER)
    letters.discard(ANOTHER)
    with sql_store(database).begin() as transaction:
        assert transaction.dead(9)


def look(database: Database) -> None:
    facts = FactNames("Allocated", "Deallocated")
    all_views: tuple[tuple[object, dict[str, tuple[Any, ...]]], ...] = (
        (Views(database, facts), READS),
        (LogViews(database), LOG_READS),
        (MoveViews(database, facts), MOVE_READS),
        (PromiseViews(database, facts.promise_changed), PROMISE_READS),
        (CurrentBatchViews(database), BATCH_READS),
        (SpellingViews(database), SPELLING_READS),
    )
    for views, reads in all_views:
        for name, asked in reads.items():
            answered = getattr(views, name)(*asked)
            if isinstance(answered, Iterator):
                assert list(answered)


@pytest.fixture
def heard(database: Database) -> Traffic:
    """The statements of everything that the adapters and the views do."""
    grow(database)
    with database.writing() as connection:
        connection.execute(messages.insert().values(AN_ALLOCATION))
        connection.commit()
    with overheard(database) as traffic:
        for job in (look, handle_in_groups, handle_alone, see_to_dead_letters):
            job(database)
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


def test_every_view_is_asked() -> None:
    for views, reads in (
        *((Views, READS), (LogViews, LOG_READS), (MoveViews, MOVE_READS)),
        *((CurrentBatchViews, BATCH_READS), (SpellingViews, SPELLING_READS)),
    ):
        assert set(reads) == {name for name in vars(views) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("rest", "well"),
    [
        ("WHERE sku = 'SKU-7' AND orderid = 'SKU-7-1'", True),
        ("WHERE qty = 3", False),
        ("WHERE state = 'waiting' ORDER BY promise", False),
        ("WHERE sku = 'SKU-7' ORDER BY promise", False),
    ],
)
def test_a_bad_plan_is_noticed(database: Database, rest: str, well: bool) -> None:
    grow(database)
    assert (scanned(database, f"SELECT * FROM order_lines {rest}", {}) == []) is well
