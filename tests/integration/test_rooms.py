"""Another domain on the machinery: the hotel of `examples/rooms`, wherever it is stored."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import pytest
from examples.rooms.app import Hotel, hotel, store_in, store_in_memory
from examples.rooms.domain import BookingRequired, NightOpened, NoRoomLeft, RoomBooked, book
from examples.rooms.state import Unit

from allocation.adapters.sql.message_log.retention import Retention
from allocation.messaging.deliveries import Delivery
from allocation.messaging.errors import Conflict
from allocation.messaging.ports import Store
from tests.support.clock import Ids, VirtualClock
from tests.support.processors import AT_ONCE
from tests.support.storages import OpenDatabase

MAY = "2030-05-01"
JUNE = "2030-06-01"
OpenStore = Callable[[], Store]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def open_store(request: pytest.FixtureRequest, open_database: OpenDatabase) -> OpenStore:
    """Opens a store, as a process that has just started would."""
    if request.param == "memory":
        return store_in_memory()
    url = request.getfixturevalue(f"empty_{request.param}_url")
    return lambda: store_in(open_database(url))


@dataclass
class Office:
    """The hotel's processes, with one clock, and the confirmations that have gone out."""

    open_store: OpenStore
    clock: VirtualClock = field(default_factory=VirtualClock)
    ids: Ids = field(default_factory=Ids)
    confirmed: list[tuple[str, str]] = field(default_factory=list)

    def open(self) -> Hotel:
        """A process that has just started."""
        return hotel(self.open_store(), self._confirm, self.clock, self.ids)

    def _confirm(self, event: RoomBooked, delivery: Delivery) -> None:
        assert delivery.destination == "post"
        self.confirmed.append((event.guest, event.night))


@pytest.fixture
def office(open_store: OpenStore) -> Office:
    return Office(open_store)


def handle(hotel: Hotel, *messages: object) -> list[object]:
    """The result of each message, or the error."""
    processor = hotel.processor
    answers = processor.process(map(processor.envelope, messages))
    return [answer.error or answer.result for answer in answers]


def test_rooms_are_booked_until_none_is_free(office: Office) -> None:
    guests = (BookingRequired(guest, MAY) for guest in ("ann", "ben", "cat"))
    assert handle(office.open(), NightOpened(MAY, 1), NightOpened(MAY, 1), *guests) == [
        *(1, 2),
        *(None, None),
        NoRoomLeft(MAY),
    ]
    assert handle(office.open(), BookingRequired("dan", MAY)) == [NoRoomLeft(MAY)]


def test_a_booking_that_comes_again_with_its_key_is_answered_and_not_made_twice(
    office: Office,
) -> None:
    handle(office.open(), NightOpened(MAY, 1))
    requests = [("b1", BookingRequired("ann", MAY)), ("b2", BookingRequired("ben", MAY))] * 2
    answers = [
        answer
        for id, message in requests
        for processor in [office.open().processor]
        for answer in processor.process([processor.envelope(message, id)])
    ]
    assert [(answer.error, answer.repeated) for answer in answers] == [
        (None, False),
        (NoRoomLeft(MAY), False),
        (None, True),
        (NoRoomLeft(MAY), True),
    ]


def test_each_booking_is_confirmed_once_in_the_order_of_its_night(office: Office) -> None:
    handle(office.open(), NightOpened(MAY, 9), NightOpened(JUNE, 9))
    bookings = [(f"guest {n}", MAY if n % 3 else JUNE) for n in range(9)]
    handle(office.open(), *(BookingRequired(*booking) for booking in bookings))
    assert [office.open().relay.run(), office.open().relay.run()] == [9, 0]
    for night in (MAY, JUNE):
        assert [one for one in office.confirmed if one[1] == night] == [
            one for one in bookings if one[1] == night
        ]


def test_processes_that_book_at_the_same_time_do_not_overbook(office: Office) -> None:
    handle(office.open(), NightOpened(MAY, 10))
    results: list[object] = []

    def book_many(name: str) -> None:
        for n in range(10):
            results.extend(handle(one_hotel[name], BookingRequired(f"{name} {n}", MAY)))

    one_hotel = {name: office.open() for name in ("a", "b")}
    threads = [threading.Thread(target=book_many, args=(name,)) for name in one_hotel]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count(None) == 10
    assert results.count(NoRoomLeft(MAY)) == 10
    assert office.open().relay.run() == 10


@pytest.mark.parametrize("open_store", ["memory"], indirect=True)
def test_a_night_that_another_process_has_changed_meanwhile_is_a_conflict(office: Office) -> None:
    other = office.open()
    handle(other, NightOpened(MAY, 1))
    with office.open_store().begin() as transaction:
        unit = cast(Unit, transaction.unit(office.clock()))
        book(BookingRequired("ann", MAY), unit)
        unit.release()
        assert handle(other, BookingRequired("ben", MAY)) == [None]
        with pytest.raises(Conflict):
            transaction.commit()


@pytest.mark.parametrize("open_store", ["sqlite", "postgresql"], indirect=True)
def test_the_log_of_another_domain_is_pruned(
    office: Office, open_database: OpenDatabase, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(f"empty_{request.node.callspec.params['open_store']}_url")
    handle(office.open(), NightOpened(MAY, 5))
    office.clock.go_on(seconds=timedelta(days=8).total_seconds())
    handle(office.open(), NightOpened(JUNE, 5))
    office.clock.go_on(seconds=timedelta(days=1).total_seconds())
    retention = Retention(open_database(url), office.clock, AT_ONCE)
    assert sum(retention.prune(timedelta(days=7))) == 1
    assert handle(office.open(), NightOpened(MAY, 1)) == [6]
