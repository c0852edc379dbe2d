"""The relay carries messages outside, after the commit, each at least once."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from allocation.messaging.deliveries import Delivery, Destination
from allocation.messaging.errors import Conflict, RegistryError, StoreUnavailable
from allocation.messaging.log import Entry, Status
from allocation.messaging.outbox import BATCH, OutboxRelay
from tests.support.clock import THE_END
from tests.support.processors import AT_ONCE, EVENLY, EVERY_TIME, ToyHarness
from tests.support.toy_domain import Letter, Note

LEASE = 60
A, B, C = Letter("a"), Letter("b"), Letter("c")


class Post(ToyHarness):
    """A notebook with these letters in its log, which are carried while the road is open."""

    def __init__(self, *letters: Letter) -> None:
        super().__init__()
        self.delivered: list[tuple[str, str]] = []
        self.attempts: list[Delivery] = []
        self.road_is_open = True
        self.at_the_door: Callable[[], object] = lambda: None
        self.process(Note("root", letters))

    def relay(self) -> OutboxRelay:
        """Another relay on the same log."""
        return OutboxRelay(
            self.store,
            [Destination("post", {Letter: self.deliver})],
            clock=self.clock,
            lease=timedelta(seconds=LEASE),
            retries=AT_ONCE,
            backoff=EVENLY,
        )

    def run(self, limit: int | None = None) -> int:
        """How many letters another relay carries."""
        return self.relay().run(limit)

    def deliver(self, letter: Letter, delivery: Delivery) -> None:
        """The handler of the destination."""
        self.attempts.append(delivery)
        assert delivery.envelope.message == letter
        self.at_the_door()
        if not self.road_is_open:
            raise OSError("no road")
        self.delivered.append((delivery.id, letter.text))

    @property
    def carried(self) -> list[str]:
        """The letters that have got there."""
        return [text for _, text in self.delivered]

    def entry(self, letter: Letter = A) -> Entry:
        """As it is in the log."""
        return self.store.entry_of(letter)

    def due_in(self, letter: Letter) -> float:
        """Seconds until it can be claimed."""
        due = self.entry(letter).due
        assert due is not None
        return (due - self.clock.now).total_seconds()


def test_committed_messages_are_delivered_once_with_their_ids_in_log_order() -> None:
    post = Post(A, B, C)
    assert (post.run(), post.run()) == (3, 0)
    assert post.delivered == [(post.entry(one).envelope.id, one.text) for one in (A, B, C)]
    entry = post.entry()
    assert (entry.status, entry.due, entry.error) == (Status.HANDLED, None, None)
    assert not post.store.due(THE_END)


def test_deliveries_that_fail_for_one_reason_have_one_cause_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """By which a server's log leaves the repeats out."""
    post = Post(A, B, C)
    post.road_is_open = False
    for _ in range(3):
        post.run()
    logged = [(record.msg, getattr(record, "cause", None)) for record in caplog.records]
    assert len(logged) == 3
    assert len(set(logged)) == 1
    assert logged[0][1] is not None


class TestAFailure:
    def test_stays_in_the_log_and_is_tried_again_when_it_is_due_with_the_same_id(self) -> None:
        post = Post(A)
        post.road_is_open = False
        assert post.run() == 0
        entry = post.entry()
        assert (entry.status, entry.attempts) == (Status.OUTGOING, 1)
        assert (entry.error, post.due_in(A)) == ("OSError: no road", 1)
        post.road_is_open = True
        for seconds, carried in ((0.9, 0), (0.1, 1)):
            post.clock.go_on(seconds=seconds)
            assert post.run() == carried
        assert post.delivered == [(entry.envelope.id, "a")]

    def test_ends_the_run_and_does_not_keep_the_next_run_from_delivering_others(self) -> None:
        post = Post(A, B)

        def block_the_first() -> None:
            post.road_is_open = len(post.attempts) > 1

        post.at_the_door = block_the_first
        assert (post.run(), post.carried) == (0, [])
        assert (post.run(), post.carried) == (1, ["b"])


class TestTheLease:
    def test_ends_so_that_a_crash_delays_and_loses_nothing(self) -> None:
        post = Post(A, B)
        died = post.relay()
        [claimed] = died.claim(1)
        died.deliver(claimed)  # and is killed before it can write that down
        post.clock.go_on(seconds=LEASE - 1)
        assert (post.run(), post.carried) == (1, ["a", "b"])
        post.clock.go_on(seconds=1)
        assert post.run() == 1
        first, _, again = post.delivered
        assert first == again

    def outlived(self, post: Post) -> Callable[[], None]:
        """A claim whose lease is over: it is carried and settled late."""
        slow, [claimed] = post.relay(), post.relay().claim()
        post.clock.go_on(seconds=LEASE)
        return lambda: slow.settle(claimed, slow.deliver(claimed))

    def test_that_was_outlived_does_not_undo_what_another_relay_has_settled(self) -> None:
        post = Post(A)
        carry_late = self.outlived(post)
        assert post.run() == 1
        post.road_is_open = False
        carry_late()
        assert post.entry().status is Status.HANDLED

    @pytest.mark.parametrize("gets_there", [True, False])
    def test_that_was_outlived_tells_that_it_got_there_and_does_not_cut_short_the_next_one(
        self, gets_there: bool
    ) -> None:
        post = Post(A)
        carry_late = self.outlived(post)
        post.relay().claim()
        post.road_is_open = gets_there
        carry_late()
        assert post.relay().claim() == []
        status = Status.HANDLED if gets_there else Status.OUTGOING
        assert (post.entry().status, post.entry().attempts) == (status, 0)


class TestABatch:
    def test_is_claimed_in_one_commit(self) -> None:
        post = Post(*(Letter(f"{n}") for n in range(BATCH)))
        commits = len(post.store.commits)
        assert len(post.relay().claim()) == BATCH
        assert len(post.store.commits) == commits + 1

    def test_is_no_larger_than_the_deliveries_that_are_still_to_be_made(self) -> None:
        post = Post(A, B, C)
        assert post.run(2) == 2
        assert post.due_in(C) == 0

    def test_is_released_when_half_of_the_lease_is_over(self) -> None:
        """A slow destination would outlive the lease, and another relay would repeat the rest."""
        post = Post(A, B)
        leases: list[float] = []

        def note_leases() -> None:
            leases.append(post.due_in(B))
            post.clock.go_on(seconds=LEASE / 2 + 1)

        post.at_the_door = note_leases
        assert (post.run(), post.carried) == (2, ["a", "b"])
        assert leases == [LEASE, LEASE], "the second one was claimed anew"

    def interrupted(self, post: Post, *troubles: Exception) -> None:
        """The relay is interrupted at its first letter, and the store has troubles then."""

        def interrupt() -> None:
            post.store.failures.extend(troubles)
            raise KeyboardInterrupt

        post.at_the_door = interrupt
        with pytest.raises(KeyboardInterrupt):
            post.run()
        post.at_the_door = lambda: None

    def test_is_released_when_the_process_is_interrupted(self) -> None:
        post = Post(A, B)
        self.interrupted(post)
        assert (post.due_in(A), post.due_in(B)) == (LEASE, 0)

    def test_that_cannot_be_released_can_be_claimed_when_the_lease_is_over(self) -> None:
        post = Post(A, B)
        self.interrupted(post, StoreUnavailable("disk full"))
        assert post.run() == 0
        post.clock.go_on(seconds=LEASE)
        assert post.run() == 2

    def test_that_another_relay_has_claimed_meanwhile_is_not_released(self) -> None:
        post = Post(A)
        slow = post.relay()
        batch = slow.claim()
        post.clock.go_on(seconds=LEASE)
        post.relay().claim()
        slow.release(batch)
        assert post.relay().claim() == []


class TestADestination:
    def test_is_named_in_the_delivery_with_the_number_of_the_attempt(self) -> None:
        post = Post(A)
        post.road_is_open = False
        for _ in range(3):
            post.run()
            post.clock.go_on(seconds=2)
        assert [(one.destination, one.attempt, one.error) for one in post.attempts] == [
            ("post", 1, None),
            ("post", 2, "OSError: no road"),
            ("post", 3, "OSError: no road"),
        ]
        assert len({one.id for one in post.attempts}) == 1

    def test_is_the_only_one_of_a_message_type(self) -> None:
        post = Post()
        both = [Destination(name, {Letter: post.deliver}) for name in ("post", "pigeon")]
        with pytest.raises(RegistryError, match="Letter goes to post and to pigeon"):
            OutboxRelay(post.store, both, clock=post.clock)


class TestAConflict:
    def test_while_claiming_or_settling_is_retried_without_a_second_delivery(self) -> None:
        post = Post(A)
        post.store.failures.append(Conflict("another relay was faster"))
        post.at_the_door = lambda: post.store.failures.append(Conflict("somebody else"))
        assert (post.run(), post.carried) == (1, ["a"])
        assert post.entry().status is Status.HANDLED


class TestAStoreThatIsUnavailable:
    def test_while_claiming_leaves_the_delivery_to_the_next_run(self) -> None:
        post = Post(A)
        post.store.failures.append(StoreUnavailable("disk full"))
        with pytest.raises(StoreUnavailable):
            post.run()
        assert post.attempts == []
        assert post.run() == 1

    def test_while_settling_repeats_the_delivery_after_the_lease_with_the_same_id(self) -> None:
        post = Post(A)
        trouble = [StoreUnavailable("disk full")] * EVERY_TIME
        post.at_the_door = lambda: post.store.failures.extend(trouble)
        with pytest.raises(StoreUnavailable):
            post.run()
        post.at_the_door = lambda: None
        assert post.run() == 0
        post.clock.go_on(seconds=LEASE)
        assert post.run() == 1
        first, again = post.delivered
        assert first == again
