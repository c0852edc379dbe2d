"""What every message log does: memory, SQLite and PostgreSQL alike."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from allocation.domain.errors import (
    BatchConflict,
    InvalidSku,
    InvalidValue,
    LineConflict,
    Refusal,
    UnknownBatch,
)
from allocation.domain.events import (
    Allocated,
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    Event,
    OutOfStock,
)
from allocation.messaging.log import Entry, Status
from allocation.messaging.ports import Store
from tests.support.groups import NOW, an_entry, find, write
from tests.support.processors import EVENLY
from tests.support.storages import LOGS, Storage

pytestmark = pytest.mark.parametrize("storage", LOGS, indirect=True)

SOLD_OUT = OutOfStock("CHAIR")
HOUR = timedelta(hours=1)
PAUSE = timedelta(minutes=4)
BEYOND = NOW + 1000 * HOUR
FINISHED = set(Status) - {Status.PENDING, Status.OUTGOING}
KATHMANDU = timezone(timedelta(hours=5, minutes=45))

MESSAGES: list[Event] = [
    BatchCreated("b1", "CHAIR", 10),
    BatchCreated("b1", "CHAIR", 1_000_000_000, date(2030, 12, 31)),
    BatchQuantityChanged("b1", 0),
    AllocationRequired("o1", 'ÇHÄÎR "椅子" \\ 🛋', 3),
    Allocated("o1", "CHAIR", 3, "b1"),
    SOLD_OUT,
]

REFUSALS: list[Refusal] = [
    InvalidValue("qty", 0, "is less than 1"),
    InvalidValue("sku", "'a\n🛋", "has control characters"),
    InvalidValue("sku", None, "is not a string"),
    InvalidSku("ÇHÄÎR"),
    UnknownBatch("b1"),
    BatchConflict("b1", "sku", "CHAIR", "TABLE"),
    BatchConflict("b1", "qty", 10, 11),
    BatchConflict("b1", "eta", None, "2030-01-02"),
    BatchConflict("b1", "eta", "2030-01-02", None),
    LineConflict("o1", "CHAIR", 3, 4),
]


def caused(entry: Entry, message: object, id: str) -> Entry:
    return Entry(entry.envelope.causing(message, id=id, at=NOW + HOUR), Status.PENDING)


def sent_by(sender: str, entry: Entry) -> Entry:
    return entry._replace(envelope=entry.envelope._replace(sender=sender))


ROOT = an_entry(SOLD_OUT, "root")
ENTRIES = [
    an_entry(SOLD_OUT, "pending"),
    an_entry(SOLD_OUT, "due", Status.OUTGOING, due=NOW + HOUR),
    an_entry(SOLD_OUT, "in Kathmandu", at=NOW.astimezone(KATHMANDU), due=NOW.astimezone(KATHMANDU)),
    an_entry(SOLD_OUT, "put off", attempts=3, due=NOW, error="OSError: häßlich\nund lang"),
    an_entry(SOLD_OUT, "handled", Status.HANDLED, results=("b1",)),
    an_entry(SOLD_OUT, "handled, waits", Status.HANDLED, results=(None,)),
    an_entry(SOLD_OUT, "handled by several", Status.HANDLED, results=("b1", None, "b2")),
    an_entry(SOLD_OUT, "handled by nobody", Status.HANDLED, results=()),
    an_entry(SOLD_OUT, "deep in its chain", depth=99),
    *(sent_by("key:shop ÇÄ", an_entry(SOLD_OUT, f"sent and {s}", s)) for s in Status),
    caused(caused(ROOT, SOLD_OUT, "child"), SOLD_OUT, "grandchild"),
    an_entry(SOLD_OUT, "e" * 255, at=datetime(1, 1, 2, tzinfo=UTC), attempts=2**31 - 1),
    *(an_entry(message, f"{type(message).__name__} {n}") for n, message in enumerate(MESSAGES)),
    *(an_entry(SOLD_OUT, f"{r}"[:99], Status.REFUSED, refusal=r) for r in REFUSALS),
]


def taken(store: Store, status: Status, limit: int = 100, now: datetime = BEYOND) -> list[str]:
    with store.begin() as transaction:
        take = transaction.pending if status is Status.PENDING else transaction.outgoing
        return [entry.envelope.id for entry in take(limit, now) or ()]


def test_pending_messages_are_taken_in_the_order_of_the_log(store: Store) -> None:
    """Not by id, time or due date; and an attempt does not change the order."""
    pending = Status.PENDING
    write(
        store,
        news_of("m5", pending, at=NOW + HOUR, due=NOW + HOUR),
        news_of("m3", pending, at=NOW, due=NOW),
        news_of("m4", pending, at=NOW - HOUR),
    )
    write(store, news_of("m1", pending, at=NOW - 2 * HOUR))
    with store.begin() as transaction:
        entry = transaction.find(["m5"])["m5"]
        transaction.write(entry._replace(attempts=1, due=NOW, error="down"))
        transaction.commit()
    assert taken(store, pending) == ["m5", "m3", "m4", "m1"]


def test_the_delivery_due_first_goes_first(store: Store) -> None:
    """What has failed is due later than what has not had its turn yet."""
    for number, sku in enumerate(("CHAIR", "LAMP", "TABLE")):
        due = NOW + (2 - number) * HOUR
        write(store, an_entry(OutOfStock(sku), sku, Status.OUTGOING, due=due))
    assert taken(store, Status.OUTGOING, 2) == ["TABLE", "LAMP"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.envelope.id[:20])
def test_every_entry_is_read_back(storage: Storage, entry: Entry) -> None:
    write(storage.store(), entry)
    entry_read = find(storage.store(), entry.envelope.id)
    assert entry_read is not None
    assert entry_read._replace(refusal=None) == entry._replace(refusal=None)
    assert type(entry_read.envelope.message) is type(entry.envelope.message)
    assert entry_read.envelope.at.tzinfo is not None
    assert entry_read.due is None or entry_read.due.tzinfo is not None
    assert type(entry_read.refusal) is type(entry.refusal)
    assert str(entry_read.refusal) == str(entry.refusal)
    assert getattr(entry_read.refusal, "__dict__", {}) == getattr(entry.refusal, "__dict__", {})


def test_an_id_is_found_with_others_or_not_at_all(store: Store) -> None:
    first, second = an_entry(SOLD_OUT, "m1"), an_entry(BatchQuantityChanged("b1", 2), "m2")
    write(store, first, second)
    with store.begin() as transaction:
        assert transaction.find(["m1", "m2", "m3", "M1"]) == {"m1": first, "m2": second}
        assert transaction.find([]) == {}


def test_entries_written_in_a_group_are_found_in_the_group(store: Store) -> None:
    recorded, fresh = an_entry(SOLD_OUT, "m1"), an_entry(SOLD_OUT, "m2")
    write(store, recorded)
    with store.begin() as transaction:
        assert transaction.find(["m1", "m2"]) == {"m1": recorded}
        transaction.write(recorded.done(["b1"]))
        transaction.write(fresh)
        transaction.write(fresh.done(["b2"]))
        entry_read = transaction.find(["m1", "m2"])
    assert entry_read == {"m1": recorded.done(["b1"]), "m2": fresh.done(["b2"])}


def test_a_new_status_replaces_the_old(storage: Storage) -> None:
    entry = an_entry(SOLD_OUT, "m1", due=NOW)
    write(storage.store(), entry)
    for change in (
        entry.failed(OSError("down"), NOW, EVENLY),
        entry.failed(OSError("what no text can hold: \0 \ud800"), NOW, EVENLY),
        entry.failed(OSError("down"), NOW, EVENLY).done(["b1"]),
    ):
        with storage.store().begin() as transaction:
            transaction.find(["m1"])
            transaction.write(change)
            transaction.commit()
        assert find(storage.store(), "m1") == change


def news_of(id: str, status: Status = Status.PENDING, **rest: Any) -> Entry:
    """An entry that belongs to no other."""
    return an_entry(OutOfStock(f"sku of {id}"), id, status, **rest)


UNFINISHED_STATUS = pytest.mark.parametrize("status", [Status.PENDING, Status.OUTGOING])


@UNFINISHED_STATUS
def test_unfinished_messages_of_a_status_are_read_up_to_a_limit_until_they_are_finished(
    store: Store, status: Status
) -> None:
    assert taken(store, status) == []
    write(store, *(news_of(other, other) for other in Status))
    assert taken(store, status) == [status]
    write(store, *(news_of(f"m{n}", status) for n in range(4)))
    assert taken(store, status, limit=2) == [status, "m0"]
    with store.begin() as transaction:
        transaction.write(transaction.find([status])[status].done())
        transaction.commit()
    assert taken(store, status, limit=2) == ["m0", "m1"]


@UNFINISHED_STATUS
def test_messages_that_are_not_due_are_not_read(store: Store, status: Status) -> None:
    tick = timedelta(microseconds=1)
    write(
        store,
        news_of("too early", status, due=NOW + tick),
        news_of("now", status, due=NOW),
        news_of("whenever", status),
        news_of("late", status, due=NOW - HOUR),
    )
    for now in (NOW, NOW.astimezone(KATHMANDU)):
        assert sorted(taken(store, status, now=now)) == ["late", "now", "whenever"]


class TestOutgoingOfOneSku:
    """They are carried one after another."""

    def test_only_the_first_is_given(self, store: Store) -> None:
        write(store, *(an_entry(SOLD_OUT, f"m{n}", Status.OUTGOING) for n in range(3)))
        write(store, news_of("other", Status.OUTGOING))
        assert taken(store, Status.OUTGOING) == ["m0", "other"]

    def test_later_deliveries_of_a_sku_wait_for_one_that_is_put_off(self, store: Store) -> None:
        write(store, an_entry(SOLD_OUT, "m0", Status.OUTGOING, due=NOW + PAUSE))
        write(store, an_entry(SOLD_OUT, "m1", Status.OUTGOING, due=NOW))
        assert taken(store, Status.OUTGOING, now=NOW) == []
        assert not store.due(NOW)
        assert taken(store, Status.OUTGOING, now=NOW + PAUSE) == ["m0"]

    @pytest.mark.parametrize("status", [Status.HANDLED, Status.DEAD, Status.DISCARDED])
    def test_later_deliveries_of_a_sku_go_on_after_a_finished_one(
        self, store: Store, status: Status
    ) -> None:
        write(store, an_entry(SOLD_OUT, "m0", Status.OUTGOING))
        write(store, an_entry(SOLD_OUT, "m1", Status.OUTGOING))
        with store.begin() as transaction:
            transaction.write(transaction.find(["m0"])["m0"]._replace(status=status))
            transaction.commit()
        assert taken(store, Status.OUTGOING) == ["m1"]


@UNFINISHED_STATUS
class TestDueTooFarAhead:
    """A clock that is ahead has put it off: that of another server, or one put right since."""

    @pytest.mark.parametrize("ahead", [timedelta(minutes=5, seconds=1), timedelta(days=1700)])
    def test_an_entry_is_found_and_not_due_until_it_is_corrected(
        self, store: Store, status: Status, ahead: timedelta
    ) -> None:
        write(store, news_of("m1", status, due=NOW + ahead, attempts=3, error="down"))
        assert too_far_ahead(store) == ["m1"]
        assert taken(store, status, now=NOW) == []
        assert not store.due(NOW)
        with store.begin() as transaction:
            (entry,) = transaction.ahead(9, NOW)
            transaction.write(entry._replace(due=NOW))
            transaction.commit()
        assert too_far_ahead(store) == []
        assert taken(store, status, now=NOW) == ["m1"]
        assert store.due(NOW) == {status}

    def test_an_entry_that_is_due_within_the_longest_pause_or_finished_is_not_found(
        self, store: Store, status: Status
    ) -> None:
        write(store, news_of("m1", status, due=NOW + timedelta(minutes=5), attempts=9))
        write(store, news_of("m2", status, due=NOW), news_of("m3", status))
        write(store, *(news_of(finished, finished, due=BEYOND) for finished in sorted(FINISHED)))
        assert too_far_ahead(store) == []

    def test_entries_behind_others_of_their_sku_are_found(
        self, store: Store, status: Status
    ) -> None:
        entries = [an_entry(SOLD_OUT, f"m{n}", status, due=BEYOND + n * HOUR) for n in range(3)]
        write(store, *entries)
        assert sorted(too_far_ahead(store)) == ["m0", "m1", "m2"]
        assert len(too_far_ahead(store, limit=2)) == 2


def too_far_ahead(store: Store, limit: int = 9) -> list[str]:
    with store.begin() as transaction:
        return [entry.envelope.id for entry in transaction.ahead(limit, NOW)]


def test_dead_letters_are_given_in_the_order_of_the_log(store: Store) -> None:
    for other in Status:
        write(store, news_of(f"m-{other}", other))
    write(store, *(news_of(f"m{n}", Status.DEAD, error="down") for n in (3, 1, 2)))
    with store.begin() as transaction:
        assert [e.envelope.id for e in transaction.dead(9)] == ["m-dead", "m3", "m1", "m2"]
        assert [e.error for e in transaction.dead(2)] == [None, "down"]


@UNFINISHED_STATUS
def test_due_reports_the_statuses_of_entries_that_can_go_on(store: Store, status: Status) -> None:
    write(store, *(news_of(finished, finished) for finished in sorted(FINISHED)))
    assert store.due(BEYOND) == set()
    write(store, news_of("m1", status, due=NOW + PAUSE))
    assert (store.due(NOW), store.due(NOW + PAUSE)) == (set(), {status})


LINE, OTHER_LINE = AllocationRequired("o1", "CHAIR", 1), AllocationRequired("o2", "LAMP", 1)


@pytest.mark.parametrize(
    ("follow_up", "at", "goes_on"),
    [
        ({}, NOW, True),
        ({"due": NOW + PAUSE}, NOW, False),
        ({"due": NOW + PAUSE}, NOW + PAUSE, True),
        ({"status": Status.HANDLED}, BEYOND, False),
        ({"status": Status.DEAD}, BEYOND, False),
        ({"status": Status.OUTGOING}, BEYOND, False),
    ],
)
def test_a_follow_up_that_is_due_leaves_its_chain_incomplete_and_its_ordering_key_blocked(
    store: Store, follow_up: dict[str, Any], at: datetime, goes_on: bool
) -> None:
    root, alone = (an_entry(SOLD_OUT, id, Status.HANDLED) for id in ("root", "alone"))
    write(store, root, alone, caused(root, LINE, "next")._replace(**follow_up))
    with store.begin() as transaction:
        incomplete = transaction.incomplete(["root", "alone", "unknown"], at)
        assert incomplete == ({"root"} if goes_on else set())
        assert transaction.incomplete(["alone"], at) == set()
        blocked = transaction.blocked({"sku CHAIR", "sku LAMP", "batch b1"}, at)
        assert blocked == ({"sku CHAIR"} if goes_on else set())
        assert transaction.has_pending() is ("status" not in follow_up)


def test_a_key_is_not_blocked_by_the_follow_ups_that_the_transaction_itself_handles(
    store: Store,
) -> None:
    write(store, *(an_entry(LINE, f"m{n}") for n in range(3)), an_entry(OTHER_LINE, "other"))
    keys = {"sku CHAIR", "sku LAMP"}
    with store.begin() as transaction:
        transaction.pending(2, BEYOND)
        assert transaction.blocked(keys, BEYOND) == keys
        transaction.pending(3, BEYOND)
        assert transaction.blocked(keys, BEYOND) == {"sku LAMP"}


def test_follow_ups_with_a_key_that_is_set_aside_are_not_taken(store: Store) -> None:
    write(store, an_entry(LINE, "m1"), an_entry(OTHER_LINE, "m2"), an_entry(SOLD_OUT, "m3"))
    with store.begin() as transaction:
        entries = transaction.pending(9, BEYOND, {"sku LAMP", "batch b1"}) or ()
    assert [entry.envelope.id for entry in entries] == ["m1", "m3"]
