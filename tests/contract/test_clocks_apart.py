"""Two servers of one database whose clocks differ: a mail is in the hands of one of them."""

from datetime import timedelta
from typing import Any

import pytest

from allocation.domain.events import OutOfStock
from allocation.messaging.deliveries import Destination
from allocation.messaging.log import Entry, Status
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.ports import Store
from allocation.messaging.retry import LONGEST_DELAY, Backoff
from tests.support.clock import VirtualClock
from tests.support.groups import an_entry, find, write
from tests.support.processors import AT_ONCE
from tests.support.storages import LOGS

pytestmark = pytest.mark.parametrize("storage", LOGS, indirect=True)

APART = pytest.mark.parametrize("minutes", [0, 4, 6, 60])
SOLD_OUT = OutOfStock("LAMP")


class Pair:
    """The clock of `ahead` is that many minutes ahead of the one of `behind`."""

    def __init__(self, store: Store, minutes: float) -> None:
        self.store = store
        self.clock = VirtualClock()
        self.skew = timedelta(minutes=minutes)
        self.attempts = 0
        mail = [Destination("mail", {OutOfStock: self._fail})]
        often = Backoff(jitter=lambda: 1.0)
        self.behind = OutboxRelay(store, mail, clock=self.clock, backoff=often, retries=AT_ONCE)
        self.ahead = OutboxRelay(
            store, mail, clock=lambda: self.clock.now + self.skew, backoff=often, retries=AT_ONCE
        )

    def add(self, **rest: Any) -> None:
        """A mail that was to be sent an hour ago."""
        rest = {"status": Status.OUTGOING, "due": self.clock.now - timedelta(hours=1), **rest}
        write(self.store, an_entry(SOLD_OUT, "m1")._replace(**rest))

    def mail(self) -> Entry:
        """As it is on record."""
        entry = find(self.store, "m1")
        assert entry is not None
        return entry

    def _fail(self, *_: object) -> None:
        self.attempts += 1
        raise ConnectionError("down")


@APART
def test_a_delivery_leased_by_a_clock_ahead_is_left_alone_within_the_lease(
    store: Store, minutes: float
) -> None:
    pair = Pair(store, minutes)
    pair.add()
    [claimed] = pair.ahead.claim()
    for _ in range(119):
        pair.clock.go_on(seconds=1)
        pair.behind.repair_due_times()
        assert not pair.behind.due()
        assert pair.behind.claim() == []
    assert pair.mail() == claimed.entry()


@APART
def test_attempts_are_not_used_up_in_minutes(store: Store, minutes: float) -> None:
    pair = Pair(store, minutes)
    pair.add()
    for _ in range(900):
        for relay in (pair.ahead, pair.behind):
            relay.repair_due_times()
            if relay.due():
                relay.run()
        pair.clock.go_on(seconds=1)
    assert pair.mail().status is Status.OUTGOING
    assert pair.attempts == pair.mail().attempts
    assert 10 <= pair.attempts <= 20


@APART
def test_a_delivery_of_a_dead_process_is_retried_after_two_pauses_at_most(
    store: Store, minutes: float
) -> None:
    pair = Pair(store, minutes)
    pair.add()
    assert pair.ahead.claim() != []
    began = pair.clock.now
    while not pair.behind.claim():
        assert pair.clock.now - began <= 2 * LONGEST_DELAY
        pair.behind.repair_due_times()
        pair.clock.go_on(seconds=60)


@pytest.mark.parametrize("status", [Status.OUTGOING, Status.PENDING])
@pytest.mark.parametrize("ahead", [timedelta(minutes=30), timedelta(days=1700)])
def test_a_message_put_off_for_years_is_due_within_the_longest_pause(
    store: Store, status: Status, ahead: timedelta
) -> None:
    pair = Pair(store, 0)
    pair.add(due=pair.clock.now + ahead, attempts=3, error="down", status=status)
    began = pair.clock.now
    for _ in range(6):
        pair.behind.repair_due_times()
        if pair.behind.due():
            break
        pair.clock.go_on(seconds=60)
    assert pair.clock.now - began == LONGEST_DELAY
    assert pair.behind.due() == {status}
