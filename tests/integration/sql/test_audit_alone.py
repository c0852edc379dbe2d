"""What units of work of their own have done, which is not in the log, is explained as well."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocation.adapters.sql.bookkeeping import carry_forward
from allocation.adapters.sql.database import Database
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.domain.accounts import Booking
from allocation.domain.errors import Refusal
from allocation.domain.events import Allocated, Event
from allocation.domain.model import OrderLine
from allocation.messaging.errors import Conflict
from allocation.service_layer import messagebus
from tests.support.builders import SKU, TOMORROW, a_batch_created, a_new_quantity, an_allocation
from tests.support.stock_office import StockOffice
from tests.support.storages import OpenDatabase


@pytest.fixture
def office(database: Database) -> StockOffice:
    return StockOffice(database)


def alone(office: StockOffice, *events: Event) -> None:
    """Have them handled by the chapter's bus, each unit of work with a transaction of its own."""
    for event in events:
        messagebus.handle(event, SqlAlchemyUnitOfWork(office.database))


def test_what_only_units_of_their_own_have_done_is_explained(office: StockOffice) -> None:
    alone(office, a_batch_created("b1", 100), a_batch_created("b2", 100, TOMORROW))
    alone(office, an_allocation("o1", 50), an_allocation("o2", 40), a_new_quantity(60, "b1"))

    assert office.log == []
    assert office.discrepancies == []
    assert office.opening_balances == {"b1": (60, 50), "b2": (100, 40)}


def test_what_they_have_done_in_between_is_explained(office: StockOffice) -> None:
    office.handle(a_batch_created("b1", 100), an_allocation("o1", 50))
    alone(office, an_allocation("o2", 40), a_new_quantity(60, "b1"))
    assert office.discrepancies == []
    office.handle(a_new_quantity(40, "b1"), an_allocation("o3", 5))
    assert office.discrepancies == []
    alone(office, a_new_quantity(10, "b1"))
    office.handle(a_batch_created("b1", 100))  # announced again
    assert office.discrepancies == []


def test_the_quantity_of_a_batch_that_they_have_not_corrected_is_still_the_logs(
    office: StockOffice,
) -> None:
    office.handle(a_batch_created("b1", 100))
    alone(office, an_allocation("o1", 50))
    assert office.opening_balances == {"b1": (None, 50)}
    office.tamper("UPDATE messages SET body = replace(body, '100', '10')")
    assert [one.what for one in office.discrepancies] == ["purchased"]


def test_a_unit_that_changes_nothing_writes_nothing(office: StockOffice) -> None:
    office.handle(a_batch_created("b1", 100), an_allocation("o1", 5))
    alone(office, an_allocation("o1", 5), a_batch_created("b1", 100), a_new_quantity(100, "b1"))
    alone(office, an_allocation("o2", 500))  # it waits
    assert office.opening_balances == {}


def test_a_unit_that_is_not_committed_is_not_booked(office: StockOffice) -> None:
    alone(office, a_batch_created("b1", 100))
    with SqlAlchemyUnitOfWork(office.database) as uow:
        product = uow.products.get(SKU)
        assert product is not None
        product.allocate(OrderLine("o1", SKU, 5))
    assert office.opening_balances == {"b1": (100, 0)}


STEPS = st.one_of(
    st.builds(a_batch_created, st.sampled_from(("b1", "b2", "b3")), st.sampled_from((10, 20))),
    st.builds(an_allocation, st.sampled_from("opqrst"), st.sampled_from((3, 8))),
    st.builds(a_new_quantity, st.integers(0, 25), st.sampled_from(("b1", "b2", "b3"))),
    st.just(None),
)


@settings(
    derandomize=True,
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(STEPS, st.booleans()), max_size=25))
def test_whatever_is_mixed_with_the_log_and_with_pruning_is_explained(
    office: StockOffice, steps: list[tuple[Event | None, bool]]
) -> None:
    for event, by_itself in steps:
        if event is None:
            office.life_goes_on()
            office.prune()
        elif by_itself:
            try:
                alone(office, event)
            except Refusal:
                continue
        else:
            office.handle(event)
        assert office.discrepancies == []


def test_a_unit_and_somebody_who_prunes_do_not_lose_each_others_bookings(
    postgresql_url: str, open_database: OpenDatabase
) -> None:
    """On SQLite they take turns."""
    office = StockOffice(open_database(postgresql_url))
    office.handle(a_batch_created("b1", 100))
    for known in (False, True):  # whether there is an opening balance already
        booking = Booking(1, Allocated("o1", SKU, 7, "b1"))
        with ExitStack() as stack:
            unit = stack.enter_context(SqlAlchemyUnitOfWork(open_database(postgresql_url)))
            product = unit.products.get(SKU)
            assert product is not None
            product.allocate(OrderLine(f"o{known}", SKU, 5))
            before = office.opening_balances.get("b1", (None, 0))[1]
            pruning = stack.enter_context(office.database.writing(one_state=False))
            carry_forward(pruning, [booking])
            with ThreadPoolExecutor(1) as thread:
                committed = thread.submit(unit.commit)
                # It waits for the row, or for the other's commit of one with the same key.
                while not office.somebody_waits:
                    assert not committed.done()
                pruning.commit()
                with pytest.raises(Conflict):
                    committed.result(timeout=30)
        assert office.opening_balances["b1"][1] == before + 7


class Late(list[Booking]):
    """Bookings in whose way something comes when they are looked through for the second time."""

    def __init__(self, bookings: Iterable[Booking], act: Callable[[], None]) -> None:
        super().__init__(bookings)
        self._acts = iter([lambda: None, act])

    def __iter__(self) -> Iterator[Booking]:
        next(self._acts)()
        return super().__iter__()


def test_somebody_who_prunes_meets_a_conflict_where_a_unit_was_faster(
    postgresql_url: str, open_database: OpenDatabase
) -> None:
    office, other = (StockOffice(open_database(postgresql_url)) for _ in range(2))
    office.handle(a_batch_created("b1", 100))
    booking = Booking(1, Allocated("o1", SKU, 7, "b1"))

    with office.database.writing(one_state=False) as pruning, pytest.raises(Conflict):
        # The balances have been read, and there is none yet.
        carry_forward(pruning, Late([booking], lambda: alone(other, an_allocation("o9", 5))))

    assert office.opening_balances == {"b1": (None, 5)}
    assert office.discrepancies == []
