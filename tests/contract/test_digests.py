"""The digests of one cause are one delivery, wherever the log is stored."""

from datetime import timedelta

import pytest

from allocation.domain.events import AllocationRequired
from allocation.messaging.deliveries import Delivery, Destination
from allocation.messaging.digests import SUBMISSION_TIMEOUT, Digest, FactRange
from allocation.messaging.log import Entry, Envelope, Status
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.ports import Store
from tests.support.clock import VirtualClock
from tests.support.groups import NOW, find, write
from tests.support.processors import AT_ONCE, EVENLY


class Sales:
    """The audience, and what it has got."""

    def __init__(self, store: Store) -> None:
        self.clock = VirtualClock()
        self.clock.now = NOW
        self.store = store
        self.is_open = True
        self.got: list[list[str]] = []
        """The chains of the digests of each delivery."""
        self.relay = self.another_relay()

    def another_relay(self) -> OutboxRelay:
        """The relay of another server."""
        destination = Destination("mail", {Digest: self._deliver})
        return OutboxRelay(
            self.store,
            [destination],
            clock=self.clock,
            backoff=EVENLY,
            retries=AT_ONCE,
            audiences=["sales"],
        )

    def status(self, id: str) -> Status:
        """As it is on record."""
        entry = find(self.store, id)
        assert entry is not None
        return entry.status

    def _deliver(self, digest: Digest, delivery: Delivery) -> None:
        if not self.is_open:
            raise OSError("no road")
        others = [envelope.message for envelope in delivery.others]
        assert all(isinstance(other, Digest) for other in others)
        self.got.append(
            [*digest.chains, *(envelope.correlation_id for envelope in delivery.others)]
        )


@pytest.fixture
def sales(store: Store) -> Sales:
    return Sales(store)


def a_digest(
    id: str, chain: str, submission: str | None = None, due: timedelta = timedelta(0)
) -> Entry:
    facts = [FactRange(chain, f"first-{id}", f"last-{id}")]
    digest = Digest("sales", facts, {"PromiseLost": 1}, submission)
    return Entry(Envelope(id, digest, chain, chain, NOW, 1), Status.OUTGOING, due=NOW + due)


def a_follow_up(chain: str) -> Entry:
    return Entry(
        Envelope(f"follow-up-{chain}", AllocationRequired("o1", "LAMP", 1), chain, chain, NOW, 1),
        Status.PENDING,
    )


def test_the_digests_of_one_chain_are_one_delivery_and_those_of_another_are_another(
    sales: Sales,
) -> None:
    write(sales.store, a_digest("d1", "m1"), a_digest("d2", "m2"), a_digest("d3", "m1"))
    assert sales.relay.run() == 2
    assert sales.got == [["m1", "m1"], ["m2"]]
    assert {sales.status(id) for id in ("d1", "d2", "d3")} == {Status.HANDLED}


def test_the_longest_keys_of_senders_are_told_apart(sales: Sales) -> None:
    keys = ["k" * 254 + end for end in "xy"]
    write(sales.store, *(a_digest(key[-1], key) for key in keys))
    assert sales.relay.run() == 2
    assert sales.got == [[key] for key in keys]


def test_a_digest_waits_for_the_follow_ups_of_its_chain(sales: Sales) -> None:
    follow_up = a_follow_up("m1")
    write(sales.store, a_digest("d1", "m1"), follow_up)
    assert sales.relay.run() == 0
    with sales.store.begin() as transaction:
        (read,) = transaction.find(["follow-up-m1"]).values()
        transaction.write(read.done())
        transaction.commit()
    assert sales.relay.run() == 0, "it looks again later"
    sales.clock.go_on(seconds=1)
    assert sales.relay.run() == 1
    assert sales.got == [["m1"]]


def test_a_submission_is_one_delivery_at_its_end(sales: Sales) -> None:
    write(
        sales.store,
        a_digest("d1", "m1", "file", SUBMISSION_TIMEOUT),
        a_digest("d2", "m2", "file", SUBMISSION_TIMEOUT),
        a_digest("d3", "m3", "other", SUBMISSION_TIMEOUT),
    )
    assert sales.relay.run() == 0
    sales.relay.end_submission("file")
    assert sales.relay.run() == 1
    assert sales.got == [["m1", "m2"]]
    assert sales.status("d3") is Status.OUTGOING


def test_a_submission_that_is_not_ended_waits_for_its_last_digest(sales: Sales) -> None:
    later = timedelta(seconds=60)
    write(
        sales.store,
        a_digest("d1", "m1", "file", SUBMISSION_TIMEOUT),
        a_digest("d2", "m2", "file", SUBMISSION_TIMEOUT + later),
    )
    sales.clock.go_on(seconds=SUBMISSION_TIMEOUT.total_seconds())
    assert sales.relay.run() == 0
    sales.clock.go_on(seconds=later.total_seconds())
    assert sales.relay.run() == 1
    assert sales.got == [["m1", "m2"]]


def test_a_long_submission_is_one_delivery_at_its_end_though_a_relay_has_looked_at_it(
    sales: Sales,
) -> None:
    """Its first digest came due before its last was written."""
    write(
        sales.store,
        a_digest("d1", "m1", "file", SUBMISSION_TIMEOUT),
        _later(a_digest("d2", "m2", "file"), timedelta(seconds=240)),
    )
    sales.clock.go_on(seconds=SUBMISSION_TIMEOUT.total_seconds())
    assert sales.relay.run() == 0
    sales.relay.end_submission("file")
    assert sales.relay.run() == 1
    assert sales.got == [["m1", "m2"]]


def _later(entry: Entry, delay: timedelta) -> Entry:
    """As a group writes it so much later."""
    at = NOW + delay
    return entry._replace(envelope=entry.envelope._replace(at=at), due=at + SUBMISSION_TIMEOUT)


def test_a_relay_delivers_other_mail_than_that_which_it_postpones(sales: Sales) -> None:
    waiting = [a_digest(f"d{n}", f"m{n}") for n in range(20)]
    write(sales.store, *waiting, *(a_follow_up(f"m{n}") for n in range(20)), a_digest("d", "m"))
    assert sales.relay.run() == 1
    assert sales.got == [["m"]]


def test_chains_that_do_not_finish_are_looked_at_less_and_less_often(sales: Sales) -> None:
    write(sales.store, a_digest("d1", "m1"), a_follow_up("m1"))
    looks = 0
    for _ in range(600):
        looks += Status.OUTGOING in sales.relay.due()
        sales.relay.run()
        sales.clock.go_on(seconds=1)
    assert 0 < looks < 40


def test_a_delivery_with_more_facts_than_at_an_earlier_attempt_has_another_id(
    sales: Sales,
) -> None:
    write(sales.store, a_digest("d1", "m1"))
    (first,) = sales.relay.claim()
    write(sales.store, a_digest("d2", "m1"))
    sales.clock.go_on(seconds=120)
    (second,) = sales.relay.claim()
    assert (first.id, second.id) == ("d1", "d1.1")


def test_what_one_relay_has_claimed_no_other_delivers_even_at_the_end_of_the_submission(
    sales: Sales,
) -> None:
    write(sales.store, *(a_digest(f"d{n}", f"m{n}", "file") for n in range(3)))
    (claimed,) = sales.relay.claim()
    other = sales.another_relay()
    other.end_submission("file")
    assert other.claim() == []
    sales.relay.settle(claimed, sales.relay.deliver(claimed))
    assert {sales.status(f"d{n}") for n in range(3)} == {Status.HANDLED}
    assert sales.got == [["m0", "m1", "m2"]]


def test_a_delivery_that_fails_is_made_again_as_a_whole(sales: Sales) -> None:
    write(sales.store, a_digest("d1", "m1"), a_digest("d2", "m1"))
    sales.is_open = False
    assert sales.relay.run() == 0
    entries = [find(sales.store, id) for id in ("d1", "d2")]
    assert [entry and entry.attempts for entry in entries] == [1, 1]
    sales.is_open = True
    sales.clock.go_on(seconds=EVENLY.maximum.total_seconds())
    assert sales.relay.run() == 1
    assert sales.got == [["m1", "m1"]]


def test_a_claim_that_is_released_can_be_made_by_another_relay(sales: Sales) -> None:
    write(sales.store, a_digest("d1", "m1"), a_digest("d2", "m1"))
    sales.relay.release(sales.relay.claim())
    assert sales.another_relay().run() == 1
    assert sales.got == [["m1", "m1"]]
