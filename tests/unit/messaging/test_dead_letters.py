"""What was given up is kept until somebody has it tried again, or discards it."""

from collections.abc import Callable

import pytest

from allocation.messaging.dead_letters import DeadLetterDiscarded, DeadLetterReplayed, DeadLetters
from allocation.messaging.deliveries import Delivery, Destination
from allocation.messaging.errors import Conflict, StoreUnavailable, UnknownDeadLetter
from allocation.messaging.log import Entry, Status
from allocation.messaging.outbox import OutboxRelay
from tests.support.clock import THE_END
from tests.support.processors import AT_ONCE, EVENLY, EVERY_TIME, ToyHarness
from tests.support.toy_domain import REGISTRY, InkNote, Letter, Note


class DeadLetterOffice(ToyHarness):
    """A notebook with letters that nobody takes, and notes for which there is no ink."""

    def __init__(self) -> None:
        super().__init__()
        self.road_is_open = False
        self.delivered: list[str] = []
        post = [Destination("post", {Letter: self._carry})]
        self.relay = OutboxRelay(
            self.store, post, clock=self.clock, backoff=EVENLY, retries=AT_ONCE
        )
        self.dead_letters = DeadLetters(self.store, REGISTRY, self.clock, self.ids, AT_ONCE)

    def a_day_later(self) -> None:
        """All attempts have been made."""
        for _ in range(EVENLY.max_attempts):
            self.clock.go_on(seconds=300)
            self.processor.recover()
            while claimed := self.relay.claim():
                for delivery in claimed:
                    self.relay.settle(delivery, self.relay.deliver(delivery))

    def _carry(self, letter: Letter, delivery: Delivery) -> None:
        if not self.road_is_open:
            raise OSError("no road")
        self.delivered.append(delivery.id)


@pytest.fixture
def harness() -> DeadLetterOffice:
    """A letter and a note that have been given up."""
    harness = DeadLetterOffice()
    harness.store.ink = False
    harness.process(Note("root", (Letter("to mother"), InkNote("x"))))
    harness.a_day_later()
    return harness


def id_of(harness: DeadLetterOffice, message: object) -> str:
    return harness.store.entry_of(message).envelope.id


def dead(harness: DeadLetterOffice) -> list[Entry]:
    return [entry for entry in harness.store.entries.values() if entry.status is Status.DEAD]


def test_dead_letters_are_stored_with_their_error(harness: DeadLetterOffice) -> None:
    letters = dead(harness)
    assert {(e.envelope.message, e.error, e.attempts) for e in letters} == {
        (Letter("to mother"), "OSError: no road", EVENLY.max_attempts),
        (InkNote("x"), "NoInk: x", EVENLY.max_attempts),
    }


def test_dead_letters_are_not_retried(harness: DeadLetterOffice) -> None:
    harness.road_is_open = harness.store.ink = True
    harness.a_day_later()
    assert (harness.delivered, harness.store.lines) == ([], ["root"])
    assert not harness.store.due(THE_END)


def test_a_replayed_delivery_is_sent_by_the_relay_with_its_id(harness: DeadLetterOffice) -> None:
    harness.road_is_open = True
    letter = id_of(harness, Letter("to mother"))
    harness.dead_letters.replay(letter)
    assert harness.relay.run() == 1
    assert harness.delivered == [letter]


def test_a_replayed_message_is_handled_by_the_processor(harness: DeadLetterOffice) -> None:
    harness.store.ink = True
    harness.dead_letters.replay(id_of(harness, InkNote("x")))
    harness.processor.recover()
    assert harness.store.lines == ["root", "x"]


def test_a_replayed_message_has_all_attempts_again(harness: DeadLetterOffice) -> None:
    harness.dead_letters.replay(id_of(harness, InkNote("x")))
    harness.processor.recover()
    entry = harness.store.entry_of(InkNote("x"))
    assert (entry.status, entry.attempts) == (Status.PENDING, 1)


def test_all_are_replayed_at_once(harness: DeadLetterOffice) -> None:
    assert list(harness.dead_letters.replay_all()) == [2]
    assert dead(harness) == []
    assert list(harness.dead_letters.replay_all()) == []


def test_a_discarded_message_is_never_retried_and_stays_in_the_log(
    harness: DeadLetterOffice,
) -> None:
    letter = id_of(harness, Letter("to mother"))
    harness.dead_letters.discard(letter)
    harness.road_is_open = True
    harness.a_day_later()
    assert harness.delivered == []
    entry = harness.store.entry_of(Letter("to mother"))
    assert (entry.status, entry.error) == (Status.DISCARDED, "OSError: no road")


def test_the_log_records_replays_and_discards(harness: DeadLetterOffice) -> None:
    replayed, discarded = id_of(harness, InkNote("x")), id_of(harness, Letter("to mother"))
    harness.dead_letters.replay(replayed)
    harness.dead_letters.discard(discarded)
    for fact, cause in (
        (DeadLetterReplayed(replayed), replayed),
        (DeadLetterDiscarded(discarded), discarded),
    ):
        entry = harness.store.entry_of(fact)
        assert (entry.status, entry.envelope.causation_id) == (Status.HANDLED, cause)
        assert entry.envelope.at == harness.clock.now


@pytest.mark.parametrize("id", ["no-such", "m1"], ids=["unknown", "handled"])
def test_a_message_that_is_not_dead_cannot_be_replayed(harness: DeadLetterOffice, id: str) -> None:
    before = dict(harness.store.entries)
    for act in (harness.dead_letters.replay, harness.dead_letters.discard):
        with pytest.raises(UnknownDeadLetter, match=f"No dead letter has the id {id}"):
            act(id)
    assert harness.store.entries == before


def test_a_replayed_message_is_no_dead_letter(harness: DeadLetterOffice) -> None:
    letter = id_of(harness, Letter("to mother"))
    harness.dead_letters.replay(letter)
    with pytest.raises(UnknownDeadLetter):
        harness.dead_letters.discard(letter)


def test_trouble_with_the_store_is_waited_for(harness: DeadLetterOffice) -> None:
    harness.store.failures.extend([Conflict("x"), StoreUnavailable("y")])
    harness.dead_letters.replay(id_of(harness, InkNote("x")))
    assert harness.store.entry_of(InkNote("x")).status is Status.PENDING
    harness.store.failures.extend([StoreUnavailable("gone")] * EVERY_TIME)
    with pytest.raises(StoreUnavailable):
        harness.dead_letters.discard(id_of(harness, Letter("to mother")))


@pytest.mark.parametrize("settle", [DeadLetters.replay, DeadLetters.discard])
def test_a_replay_whose_commit_seemed_to_fail_happens_once(
    harness: DeadLetterOffice, settle: Callable[[DeadLetters, str], None]
) -> None:
    """The attempt after it finds what was done, and does not miss the dead letter."""
    letter = id_of(harness, Letter("to mother"))
    entries = len(harness.store.entries)
    harness.store.failures_after.append(StoreUnavailable("the answer was lost"))
    settle(harness.dead_letters, letter)
    assert not harness.store.failures_after
    assert len(harness.store.entries) == entries + 1
