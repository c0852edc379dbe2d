"""What every store does with state and log together: memory, SQLite and PostgreSQL alike."""

from contextlib import suppress

import pytest

from allocation.domain.events import BatchCreated, OutOfStock
from allocation.domain.model import Product
from allocation.messaging.errors import Conflict
from allocation.messaging.log import Entry, Status
from allocation.messaging.ports import Store, Transaction
from tests.support.clock import THE_END
from tests.support.concurrent_clients import concurrently, until_no_conflict
from tests.support.groups import NOW, accepted, an_entry, find, seen_in, unit_of, write
from tests.support.processors import EVENLY
from tests.support.storages import InDatabase, InMemory, Storage

CREATED = BatchCreated("b1", "CHAIR", 10)
ENTRY = an_entry(CREATED, "m1")
CALLERS = 6
CLAIMED = ENTRY._replace(due=NOW)


class Broken(Exception):
    """What happens in the middle of a group."""


@pytest.fixture
def optimistic(request: pytest.FixtureRequest) -> tuple[Store, Store]:
    """Two stores whose transactions do not wait for each other: not those on SQLite."""
    if request.param == "memory":
        memory = InMemory()
        return memory.store(), memory.store()
    url = request.getfixturevalue("postgresql_url")
    database = InDatabase(url, request.getfixturevalue("open_database"))
    return database.store(), database.store()


def chair_known_to(store: Store) -> bool:
    with store.begin() as transaction:
        return seen_in(transaction, "CHAIR") is not None


def record(transaction: Transaction) -> None:
    accepted(transaction, CREATED)
    transaction.write(ENTRY.done(["b1"]))


def test_state_and_log_are_kept_together(storage: Storage) -> None:
    with storage.store().begin() as transaction:
        record(transaction)
        transaction.commit()
    assert chair_known_to(storage.store())
    assert find(storage.store(), "m1") == ENTRY.done(["b1"])


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_stored_without_a_commit(storage: Storage, fails: bool) -> None:
    with suppress(Broken), storage.store().begin() as transaction:
        record(transaction)
        if fails:
            raise Broken
    assert not chair_known_to(storage.store())
    assert find(storage.store(), "m1") is None
    assert not storage.store().due(THE_END)


def test_the_store_goes_on_after_an_exception(store: Store) -> None:
    with pytest.raises(Broken), store.begin():
        raise Broken
    write(store, ENTRY)
    assert find(store, "m1") == ENTRY


def test_a_log_that_cannot_be_written_leaves_no_state_and_nothing_else_of_the_log(
    storage: Storage,
) -> None:
    write(storage.store(), an_entry(OutOfStock("CHAIR"), "m1"))
    with pytest.raises(Conflict), storage.store().begin() as transaction:
        transaction.write(an_entry(OutOfStock("CHAIR"), "before"))
        record(transaction)
        transaction.write(an_entry(OutOfStock("CHAIR"), "after"))
        transaction.commit()
    assert not chair_known_to(storage.store())
    assert find(storage.store(), "m1") == an_entry(OutOfStock("CHAIR"), "m1")
    assert [find(storage.store(), id) for id in ("before", "after")] == [None, None]


def test_state_that_cannot_be_written_leaves_no_log(storage: Storage) -> None:
    with storage.store().begin() as transaction:
        accepted(transaction, CREATED)
        transaction.commit()
    with pytest.raises(Conflict), storage.store().begin() as transaction:
        transaction.write(ENTRY)
        unit = unit_of(transaction)
        with unit:
            unit.products.add(Product("CHAIR"))
            unit.commit()
        unit.release()
        transaction.commit()
    assert find(storage.store(), "m1") is None


def claim(store: Store, status: Status) -> list[str]:
    with store.begin() as transaction:
        take = transaction.pending if status is Status.PENDING else transaction.outgoing
        entries = take(4, NOW)
        if entries is None:
            raise Conflict("another one has its turn")
        for entry in entries:
            transaction.write(entry.done())
        transaction.commit()
    return [entry.envelope.id for entry in entries]


@pytest.mark.parametrize("status", [Status.PENDING, Status.OUTGOING])
def test_every_entry_is_taken_by_one(storage: Storage, status: Status) -> None:
    ids = [f"m{n}" for n in range(40)]
    write(storage.store(), *(an_entry(CREATED, id, status) for id in ids))
    stores = [storage.store() for _ in range(CALLERS)]

    def claim_all(caller: int) -> list[str]:
        mine: list[str] = []
        while claimed := until_no_conflict(lambda: claim(stores[caller], status)):
            mine += claimed
        return mine

    taken = [id for claimed in concurrently(CALLERS, claim_all) for id in claimed]
    assert sorted(taken) == sorted(ids)


def test_one_message_taken_in_by_many_takes_effect_once(storage: Storage) -> None:
    stores = [storage.store() for _ in range(CALLERS)]

    def take_in_if_new(store: Store) -> bool:
        with store.begin() as transaction:
            new = not transaction.find(["m1"])
            if new:
                record(transaction)
            transaction.commit()
        return new

    done = concurrently(CALLERS, lambda n: until_no_conflict(lambda: take_in_if_new(stores[n])))
    assert done.count(True) == 1


@pytest.mark.parametrize("optimistic", ["memory", "postgresql"], indirect=True)
class TestOptimistic:
    """Where transactions do not wait for each other, the one that commits second is told."""

    @pytest.mark.parametrize(
        "settled",
        [ENTRY.done(["theirs"]), ENTRY.failed(OSError("down"), NOW, EVENLY), CLAIMED],
        ids=["done", "off", "claimed"],
    )
    def test_an_entry_settled_by_another(
        self, optimistic: tuple[Store, Store], settled: Entry
    ) -> None:
        ours, others = optimistic
        write(ours, an_entry(CREATED, "m0"), ENTRY)
        with pytest.raises(Conflict), ours.begin() as mine:
            entries = mine.find(["m0", "m1"])
            with others.begin() as theirs:
                theirs.find(["m1"])
                theirs.write(settled)
                theirs.commit()
            for entry in entries.values():
                mine.write(entry.done(["mine"]))
            mine.commit()
        assert find(ours, "m1") == settled
        assert find(ours, "m0") == an_entry(CREATED, "m0")

    def test_an_id_taken_in_by_another(self, optimistic: tuple[Store, Store]) -> None:
        ours, others = optimistic
        with pytest.raises(Conflict), ours.begin() as mine:
            assert mine.find(["m1"]) == {}
            write(others, ENTRY)
            mine.write(ENTRY.done(["mine"]))
            mine.commit()
        assert find(ours, "m1") == ENTRY

    def test_a_delivery_taken_by_one_transaction_is_given_to_no_other(
        self, optimistic: tuple[Store, Store]
    ) -> None:
        ours, others = optimistic
        letters = [OutOfStock(f"sku-{n}") for n in range(3)]
        write(ours, *(an_entry(m, f"m{n}", Status.OUTGOING) for n, m in enumerate(letters)))
        with ours.begin() as mine, others.begin() as theirs:
            first = [entry.envelope.id for entry in mine.outgoing(2, NOW)]
            second = [entry.envelope.id for entry in theirs.outgoing(2, NOW)]
        assert (first, second) == (["m0", "m1"], ["m2"])
