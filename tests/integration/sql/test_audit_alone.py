"""What units of work of their own have done, which is not in the log, is explained as well."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.stock.ledger import carry_forward
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.domain.events import Allocated, Event
from allocation.domain.ledger import LedgerEntry
from allocation.domain.model import OrderLine
from allocation.messaging.errors import Conflict
from allocation.service_layer import messagebus
from tests.support.builders import SKU, TOMORROW, a_batch_created, a_new_quantity, an_allocation
from tests.support.stock_harness import StockHarness
from tests.support.storages import OpenDatabase


@pytest.fixture
def harness(database: Database) -> StockHarness:
    return StockHarness(database)


def alone(harness: StockHarness, *events: Event) -> None:
    """Have them handled by the chapter's bus, each unit of work with a transaction of its own."""
    for event in events:
        messagebus.handle(event, SqlAlchemyUnitOfWork(harness.database))


def test_changes_of_standalone_units_are_explained(harness: StockHarness) -> None:
    alone(harness, a_batch_created("b1", 100), a_batch_created("b2", 100, TOMORROW))
    alone(harness, an_allocation("o1", 50), an_allocation("o2", 40), a_new_quantity(60, "b1"))

    assert harness.log == []
    assert harness.discrepancies == []
    assert harness.opening_balances == {"b1": (60, 50), "b2": (100, 40)}


def test_the_lines_that_units_of_their_own_let_wait_or_serve_are_explained(
    harness: StockHarness,
) -> None:
    harness.handle(a_batch_created("b1", 10), an_allocation("o1", 30))
    alone(harness, an_allocation("o2", 20), an_allocation("o3", 10), a_new_quantity(0, "b1"))
    assert harness.discrepancies == []
    harness.tamper("UPDATE order_lines SET qty = 21 WHERE orderid = 'o2'")
    assert [one.what for one in harness.discrepancies] == ["units waiting"]
    harness.tamper("UPDATE order_lines SET qty = 20 WHERE orderid = 'o2'")
    alone(harness, a_batch_created("b2", 50))
    assert harness.discrepancies == []
    assert harness.rows("SELECT count(*) FROM order_lines WHERE state = 'waiting'") == [(1,)]


def test_the_quantity_of_a_batch_that_they_have_not_corrected_is_still_the_logs(
    harness: StockHarness,
) -> None:
    harness.handle(a_batch_created("b1", 100))
    alone(harness, an_allocation("o1", 50))
    assert harness.opening_balances == {"b1": (None, 50)}
    harness.tamper("UPDATE messages SET body = replace(body, '100', '10')")
    assert [one.what for one in harness.discrepancies] == ["purchased"]


def test_a_unit_that_changes_nothing_writes_nothing(harness: StockHarness) -> None:
    harness.handle(a_batch_created("b1", 100), an_allocation("o1", 5))
    alone(harness, an_allocation("o1", 5), a_batch_created("b1", 100), a_new_quantity(100, "b1"))
    alone(harness, an_allocation("o2", 500))  # it waits
    assert harness.opening_balances == {}


def test_a_unit_that_is_not_committed_is_not_booked(harness: StockHarness) -> None:
    alone(harness, a_batch_created("b1", 100))
    with SqlAlchemyUnitOfWork(harness.database) as uow:
        product = uow.products.get(SKU)
        assert product is not None
        product.allocate(OrderLine("o1", SKU, 5))
    assert harness.opening_balances == {"b1": (100, 0)}


def test_a_unit_and_a_pruning_process_do_not_lose_each_others_balances(
    postgresql_url: str, open_database: OpenDatabase
) -> None:
    """On SQLite they take turns."""
    harness = StockHarness(open_database(postgresql_url))
    harness.handle(a_batch_created("b1", 100))
    for has_opening_balance in (False, True):  # whether there is an opening balance already
        entry = LedgerEntry(1, Allocated("o1", SKU, 7, "b1"))
        with ExitStack() as stack:
            unit = stack.enter_context(SqlAlchemyUnitOfWork(open_database(postgresql_url)))
            product = unit.products.get(SKU)
            assert product is not None
            product.allocate(OrderLine(f"o{has_opening_balance}", SKU, 5))
            before = harness.opening_balances.get("b1", (None, 0))[1]
            pruning = stack.enter_context(harness.database.writing(snapshot=False))
            carry_forward(pruning, [entry])
            with ThreadPoolExecutor(1) as thread:
                committed = thread.submit(unit.commit)
                # It waits for the row, or for the other's commit of one with the same key.
                while not harness.somebody_waits:
                    assert not committed.done()
                pruning.commit()
                with pytest.raises(Conflict):
                    committed.result(timeout=30)
        assert harness.opening_balances["b1"][1] == before + 7


class Late(list[LedgerEntry]):
    """Bookings in whose way something comes when they are looked through for the second time."""

    def __init__(self, ledger_entries: Iterable[LedgerEntry], act: Callable[[], None]) -> None:
        super().__init__(ledger_entries)
        self._acts = iter([lambda: None, act])

    def __iter__(self) -> Iterator[LedgerEntry]:
        next(self._acts)()
        return super().__iter__()


def test_a_pruning_process_meets_a_conflict_where_a_unit_was_faster(
    postgresql_url: str, open_database: OpenDatabase
) -> None:
    harness, other = (StockHarness(open_database(postgresql_url)) for _ in range(2))
    harness.handle(a_batch_created("b1", 100))
    entry = LedgerEntry(1, Allocated("o1", SKU, 7, "b1"))

    with harness.database.writing(snapshot=False) as pruning, pytest.raises(Conflict):
        # The balances have been read, and there is none yet.
        carry_forward(pruning, Late([entry], lambda: alone(other, an_allocation("o9", 5))))

    assert harness.opening_balances == {"b1": (None, 5)}
    assert harness.discrepancies == []
