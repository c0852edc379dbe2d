"""The relay carries messages outside, after the commit, each at least once."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from allocation.messaging.deliveries import Delivery, Destination
from allocation.messaging.errors import Conflict, RegistryError, StoreUnavailable
from allocation.messaging.log import Status
from allocation.messaging.outbox import BATCH, OutboxRelay
from tests.support.clock import THE_END
from tests.support.processors import AT_ONCE, EVENLY, EVERY_TIME, ToyHarness
from tests.support.toy_domain import Letter, Note


class UnreliableMailServer(ToyHarness):
    """A notebook whose letters are carried, while the road is open."""

    def __init__(self) -> None:
        super().__init__()
        self.delivered: list[tuple[str, str]] = []
        self.attempts: list[float] = []
        self.road_is_open = True
        self.at_the_door: Callable[[], object] = lambda: None

    def relay(self) -> OutboxRelay:
        """Another relay on the same log."""
        destinations = [Destination("post", {Letter: self.deliver})]
        lease = timedelta(seconds=60)
        return OutboxRelay(
            self.store, destinations, clock=self.clock, lease=lease, retries=AT_ONCE, backoff=EVENLY
        )

    def letters(self, *texts: str) -> None:
        """These are in the log, and committed."""
        self.process(Note("root", tuple(Letter(text) for text in texts)))

    def deliver(self, letter: Letter, delivery: Delivery) -> None:
        """The handler of the destination."""
        self.attempts.append(self.clock.now.timestamp())
        assert delivery.envelope.message == letter
        self.at_the_door()
        if not self.road_is_open:
            raise OSError("no road")
        self.delivered.append((delivery.id, letter.text))


@pytest.fixture
def post() -> UnreliableMailServer:
    return UnreliableMailServer()


def test_what_was_committed_is_carried_once_in_the_order_of_the_log(
    post: UnreliableMailServer,
) -> None:
    post.letters("a", "b", "c")
    relay = post.relay()
    assert relay.run() == 3
    assert [text for _, text in post.delivered] == ["a", "b", "c"]
    assert relay.run() == 0
    assert len(post.delivered) == 3


def test_what_was_carried_is_done_in_the_log(post: UnreliableMailServer) -> None:
    post.letters("a")
    post.relay().run()
    entry = post.store.entry_of(Letter("a"))
    assert (entry.status, entry.due, entry.error) == (Status.HANDLED, None, None)
    assert not post.store.due(THE_END)


def test_letters_that_meet_one_trouble_have_one_cause_in_the_log(
    post: UnreliableMailServer, caplog: pytest.LogCaptureFixture
) -> None:
    """By which a server's log leaves the repeats out."""
    post.road_is_open = False
    post.letters("a", "b", "c")
    for _ in range(3):
        post.relay().run()
    logged = [(record.msg, getattr(record, "cause", None)) for record in caplog.records]
    assert len(logged) == 3
    assert len(set(logged)) == 1
    assert logged[0][1] is not None


def test_what_was_not_committed_is_not_carried(post: UnreliableMailServer) -> None:
    post.store.failures.append(OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        post.letters("a")
    assert post.relay().run() == 0


def test_the_messages_own_id_goes_with_it(post: UnreliableMailServer) -> None:
    post.letters("a")
    post.relay().run()
    assert post.delivered == [(post.store.entry_of(Letter("a")).envelope.id, "a")]


class TestAFailure:
    def test_is_kept_in_the_log_and_put_off(self, post: UnreliableMailServer) -> None:
        post.letters("a")
        post.road_is_open = False
        assert post.relay().run() == 0
        entry = post.store.entry_of(Letter("a"))
        assert (entry.status, entry.attempts, entry.error) == (
            Status.OUTGOING,
            1,
            "OSError: no road",
        )
        assert entry.due == post.clock.now + timedelta(seconds=1)

    def test_ends_the_run_and_does_not_keep_the_next_one_from_carrying_others(
        self, post: UnreliableMailServer
    ) -> None:
        def block_the_first() -> None:
            post.road_is_open = len(post.attempts) > 1

        post.at_the_door = block_the_first
        post.letters("a", "b")
        assert post.relay().run() == 0
        assert post.delivered == []
        assert post.relay().run() == 1
        assert [text for _, text in post.delivered] == ["b"]

    def test_is_not_tried_again_before_it_is_due(self, post: UnreliableMailServer) -> None:
        post.letters("a")
        post.road_is_open = False
        post.relay().run()
        post.clock.go_on(seconds=0.9)
        post.relay().run()
        assert len(post.attempts) == 1

    def test_is_tried_again_when_it_is_due_with_the_same_id(
        self, post: UnreliableMailServer
    ) -> None:
        post.letters("a")
        post.road_is_open = False
        post.relay().run()
        post.road_is_open = True
        post.clock.go_on(seconds=1)
        assert post.relay().run() == 1
        assert post.delivered == [(post.store.entry_of(Letter("a")).envelope.id, "a")]

    def test_is_tried_later_and_later(self, post: UnreliableMailServer) -> None:
        post.letters("a")
        post.road_is_open = False
        for _ in range(400):
            post.relay().run()
            post.clock.go_on(seconds=1)
        start = post.attempts[0]
        assert [at - start for at in post.attempts] == [0, 1, 3, 7, 15, 31, 63, 127, 255]


class TestTheLease:
    def test_keeps_a_second_relay_from_carrying_it_too(self, post: UnreliableMailServer) -> None:
        post.letters("a")
        first = post.relay()
        [claimed] = first.claim()
        assert post.relay().run() == 0
        first.settle(claimed, first.deliver(claimed))
        assert len(post.delivered) == 1

    def test_lets_a_second_relay_carry_the_next_one(self, post: UnreliableMailServer) -> None:
        post.letters("a", "b")
        post.relay().claim(1)
        assert post.relay().run() == 1
        assert [text for _, text in post.delivered] == ["b"]

    def test_ends_so_that_a_crash_delays_and_loses_nothing(
        self, post: UnreliableMailServer
    ) -> None:
        post.letters("a")
        died = post.relay()
        [claimed] = died.claim()
        died.deliver(claimed)  # and is killed before it can write that down
        post.clock.go_on(seconds=59)
        assert post.relay().run() == 0
        post.clock.go_on(seconds=1)
        assert post.relay().run() == 1
        first, again = post.delivered
        assert first == again

    def test_that_was_outlived_does_not_undo_what_another_relay_has_settled(
        self, post: UnreliableMailServer
    ) -> None:
        post.letters("a")
        slow = post.relay()
        [claimed] = slow.claim()
        post.clock.go_on(seconds=60)
        assert post.relay().run() == 1
        post.road_is_open = False
        slow.settle(claimed, slow.deliver(claimed))
        assert post.store.entry_of(Letter("a")).status is Status.HANDLED

    def test_that_was_outlived_does_not_cut_short_the_next_one(
        self, post: UnreliableMailServer
    ) -> None:
        post.letters("a")
        post.road_is_open = False
        slow, [claimed] = post.relay(), post.relay().claim()
        post.clock.go_on(seconds=60)
        post.relay().claim()
        slow.settle(claimed, slow.deliver(claimed))
        assert post.relay().claim() == []
        assert post.store.entry_of(Letter("a")).attempts == 0

    def test_that_was_outlived_still_tells_that_it_got_there(
        self, post: UnreliableMailServer
    ) -> None:
        post.letters("a")
        slow, [claimed] = post.relay(), post.relay().claim()
        post.clock.go_on(seconds=60)
        post.relay().claim()
        slow.settle(claimed, slow.deliver(claimed))
        assert post.store.entry_of(Letter("a")).status is Status.HANDLED


class TestABatch:
    def test_is_claimed_in_one_commit(self, post: UnreliableMailServer) -> None:
        post.letters(*(f"letter {n}" for n in range(BATCH)))
        commits = len(post.store.commits)
        assert len(post.relay().claim()) == BATCH
        assert len(post.store.commits) == commits + 1

    def test_is_no_larger_than_the_deliveries_that_are_still_to_be_made(
        self, post: UnreliableMailServer
    ) -> None:
        post.letters("a", "b", "c")
        assert post.relay().run(2) == 2
        assert post.store.entry_of(Letter("c")).due == post.clock.now

    def test_is_released_when_half_of_the_lease_is_over(self, post: UnreliableMailServer) -> None:
        """A slow destination would outlive the lease, and another relay would repeat the rest."""
        post.at_the_door = lambda: post.clock.go_on(seconds=31)
        post.letters("a", "b")
        relay = post.relay()
        assert relay.run() == 2
        assert [text for _, text in post.delivered] == ["a", "b"]
        assert len(post.store.commits) == 1 + 2 * len(("claim", "settle")) + len(("release",))

    def test_is_released_when_the_process_is_interrupted(self, post: UnreliableMailServer) -> None:
        def interrupt() -> None:
            raise KeyboardInterrupt

        post.at_the_door = interrupt
        post.letters("a", "b")
        with pytest.raises(KeyboardInterrupt):
            post.relay().run()
        assert post.store.entry_of(Letter("a")).due == post.clock.now + timedelta(seconds=60)
        assert post.store.entry_of(Letter("b")).due == post.clock.now

    def test_that_cannot_be_released_can_be_claimed_when_the_lease_is_over(
        self, post: UnreliableMailServer
    ) -> None:
        def interrupt() -> None:
            post.store.failures.append(StoreUnavailable("disk full"))
            raise KeyboardInterrupt

        post.at_the_door = interrupt
        post.letters("a", "b")
        with pytest.raises(KeyboardInterrupt):
            post.relay().run()
        post.at_the_door = lambda: None
        assert post.relay().run() == 0
        post.clock.go_on(seconds=60)
        assert post.relay().run() == 2

    def test_that_another_relay_has_claimed_meanwhile_is_not_released(
        self, post: UnreliableMailServer
    ) -> None:
        post.letters("a")
        slow = post.relay()
        batch = slow.claim()
        post.clock.go_on(seconds=60)
        post.relay().claim()
        slow.release(batch)
        assert post.relay().claim() == []


class TestADestination:
    def test_is_named_in_the_delivery_with_the_number_of_the_attempt(
        self, post: UnreliableMailServer
    ) -> None:
        deliveries: list[Delivery] = []

        def fail_twice(_: Letter, delivery: Delivery) -> None:
            deliveries.append(delivery)
            if delivery.attempt < 3:
                raise OSError("no road")

        post.letters("a")
        relay = OutboxRelay(
            post.store,
            [Destination("post", {Letter: fail_twice})],
            clock=post.clock,
            backoff=EVENLY,
        )
        for _ in range(3):
            relay.run()
            post.clock.go_on(seconds=2)
        assert [(one.destination, one.attempt, one.error) for one in deliveries] == [
            ("post", 1, None),
            ("post", 2, "OSError: no road"),
            ("post", 3, "OSError: no road"),
        ]
        assert len({one.id for one in deliveries}) == 1

    def test_is_the_only_one_of_a_message_type(self, post: UnreliableMailServer) -> None:
        both = [Destination(name, {Letter: post.deliver}) for name in ("post", "pigeon")]
        with pytest.raises(RegistryError, match="Letter goes to post and to pigeon"):
            OutboxRelay(post.store, both, clock=post.clock)


class TestAConflict:
    def test_while_claiming_is_tried_again(self, post: UnreliableMailServer) -> None:
        post.letters("a")
        post.store.failures.append(Conflict("another relay was faster"))
        assert post.relay().run() == 1

    def test_while_settling_is_tried_again_without_carrying_twice(
        self, post: UnreliableMailServer
    ) -> None:
        post.letters("a")
        post.at_the_door = lambda: post.store.failures.append(Conflict("somebody else"))
        assert post.relay().run() == 1
        assert len(post.delivered) == 1
        assert post.store.entry_of(Letter("a")).status is Status.HANDLED


class TestAStoreThatIsUnavailable:
    def test_while_claiming_leaves_the_letter_to_the_next_run(
        self, post: UnreliableMailServer
    ) -> None:
        post.letters("a")
        post.store.failures.append(StoreUnavailable("disk full"))
        with pytest.raises(StoreUnavailable):
            post.relay().run()
        assert post.attempts == []
        assert post.relay().run() == 1

    def test_while_settling_has_it_carried_again_after_the_lease_with_the_same_id(
        self, post: UnreliableMailServer
    ) -> None:
        post.letters("a")
        trouble = [StoreUnavailable("disk full")] * EVERY_TIME
        post.at_the_door = lambda: post.store.failures.extend(trouble)
        with pytest.raises(StoreUnavailable):
            post.relay().run()
        post.at_the_door = lambda: None
        assert post.relay().run() == 0
        post.clock.go_on(seconds=60)
        assert post.relay().run() == 1
        first, again = post.delivered
        assert first == again


def test_a_road_that_is_closed_for_an_hour_delays_nothing_and_then_every_letter_goes_once(
    post: UnreliableMailServer,
) -> None:
    post.road_is_open = False
    destinations = [Destination("post", {Letter: post.deliver})]
    relay = OutboxRelay(post.store, destinations, clock=post.clock)
    for minute in range(60):
        attempts = len(post.attempts)
        post.letters(f"letter {minute}")
        assert len(post.attempts) == attempts, "whoever asks does not wait for the road"
        for _ in range(60):
            while claimed := relay.claim(1):
                relay.settle(claimed[0], relay.deliver(claimed[0]))
            post.clock.go_on(seconds=1)
    assert post.delivered == []

    post.road_is_open = True
    for _ in range(300):  # the longest pause
        post.clock.go_on(seconds=1)
        relay.run()
    assert sorted(text for _, text in post.delivered) == sorted(f"letter {n}" for n in range(60))
    assert all(entry.status is Status.HANDLED for entry in post.store.entries.values())
    assert relay.run() == 0
