"""What was given up is kept until somebody has it tried again, or discards it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from allocation.messaging import dead_letters
from allocation.messaging.dead_letters import DeadLetterDiscarded, DeadLetterReplayed, DeadLetters
from allocation.messaging.deliveries import Delivery, Destination
from allocation.messaging.errors import (
    Conflict,
    NotDiscardable,
    StoreUnavailable,
    UnknownDeadLetter,
)
from allocation.messaging.log import Entry, Status
from allocation.messaging.outbox import OutboxRelay
from tests.support.clock import THE_END
from tests.support.processors import AT_ONCE, EVENLY, EVERY_TIME, ToyHarness
from tests.support.registries import continued_by
from tests.support.toy_domain import REGISTRY, InkNote, Letter, Note

LETTER, NOTE = Letter("to mother"), InkNote("x")


class Office(ToyHarness):
    """A letter that nobody took and a note for which there was no ink have been given up."""

    def __init__(self) -> None:
        super().__init__()
        self.road_is_open = self.store.ink = False
        self.delivered: list[str] = []
        post = [Destination("post", {Letter: self._deliver})]
        self.relay = OutboxRelay(
            self.store, post, clock=self.clock, backoff=EVENLY, retries=AT_ONCE
        )
        self.dead_letters = DeadLetters(self.store, REGISTRY, self.clock, self.ids, AT_ONCE)
        self.process(Note("root", (LETTER, NOTE)))
        self.a_day_later()
        self.letter = self.store.entry_of(LETTER).envelope.id
        self.note = self.store.entry_of(NOTE).envelope.id

    def a_day_later(self) -> None:
        """All attempts have been made."""
        for _ in range(EVENLY.max_attempts):
            self.clock.go_on(seconds=300)
            self.processor.recover()
            self.relay.run()

    @property
    def dead(self) -> list[Entry]:
        """The dead letters."""
        return [entry for entry in self.store.entries.values() if entry.status is Status.DEAD]

    def _deliver(self, _: Letter, delivery: Delivery) -> None:
        if not self.road_is_open:
            raise OSError("no road")
        self.delivered.append(delivery.id)


@pytest.fixture
def office() -> Office:
    return Office()


def test_dead_letters_are_stored_with_their_error_and_not_retried(office: Office) -> None:
    office.road_is_open = office.store.ink = True
    office.a_day_later()
    assert (office.delivered, office.store.lines) == ([], ["root"])
    assert not office.store.due(THE_END)
    assert {(e.envelope.message, e.error, e.attempts) for e in office.dead} == {
        (LETTER, "OSError: no road", EVENLY.max_attempts),
        (NOTE, "NoInk: x", EVENLY.max_attempts),
    }


def test_a_replayed_message_has_all_attempts_again_and_is_handled_by_the_processor(
    office: Office,
) -> None:
    office.dead_letters.replay(office.note)
    office.processor.recover()
    entry = office.store.entry_of(NOTE)
    assert (entry.status, entry.attempts) == (Status.PENDING, 1)
    office.store.ink = True
    office.clock.go_on(seconds=1)
    office.processor.recover()
    assert office.store.lines == ["root", "x"]


def test_all_dead_letters_are_replayed_at_once(office: Office) -> None:
    assert list(office.dead_letters.replay_all()) == [2]
    assert office.dead == []
    assert list(office.dead_letters.replay_all()) == []


def test_those_with_given_ids_are_replayed_a_batch_per_step(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "BATCH_SIZE", 2)
    steps = office.dead_letters.replay_each(["no-such", office.note, "m1", office.letter])
    assert next(steps) == 1
    assert [entry.envelope.id for entry in office.dead] == [office.letter]
    assert list(steps) == [1]
    assert office.dead == []


def test_those_with_given_ids_are_discarded_and_recorded(office: Office) -> None:
    assert list(office.dead_letters.discard_each([office.letter], sender="admin")) == [1]
    assert [entry.envelope.id for entry in office.dead] == [office.note]
    fact = office.store.entry_of(DeadLetterDiscarded(office.letter))
    assert fact.envelope.sender == "admin"
    assert list(office.dead_letters.discard_each([office.letter])) == [0]


def test_no_dead_letter_is_discarded_together_with_a_continuation(office: Office) -> None:
    registry = continued_by(REGISTRY, InkNote)
    letters = replace(office.dead_letters, registry=registry)
    with pytest.raises(NotDiscardable):
        list(letters.discard_each([office.letter, office.note]))
    assert len(office.dead) == 2


def test_a_discarded_message_is_never_retried_and_stays_in_the_log(office: Office) -> None:
    office.dead_letters.discard(office.letter)
    office.road_is_open = True
    office.a_day_later()
    assert office.delivered == []
    entry = office.store.entry_of(LETTER)
    assert (entry.status, entry.error) == (Status.DISCARDED, "OSError: no road")


def test_a_continuation_is_replayed_but_not_discarded(office: Office) -> None:
    registry = continued_by(REGISTRY, InkNote)
    dead_letters = replace(office.dead_letters, registry=registry)
    with pytest.raises(NotDiscardable, match=f"{office.note} is a continuation.*replay it"):
        dead_letters.discard(office.note)
    assert len(office.dead) == 2
    dead_letters.replay(office.note)
    dead_letters.discard(office.letter)
    assert office.dead == []


def test_the_log_records_replays_and_discards(office: Office) -> None:
    office.dead_letters.replay(office.note)
    office.dead_letters.discard(office.letter)
    for fact in (DeadLetterReplayed(office.note), DeadLetterDiscarded(office.letter)):
        entry = office.store.entry_of(fact)
        assert (entry.status, entry.envelope.causation_id) == (Status.HANDLED, fact.letter)
        assert entry.envelope.at == office.clock.now


SETTLE = pytest.mark.parametrize("settle", [DeadLetters.replay, DeadLetters.discard])
Settle = Callable[[DeadLetters, str], None]


@SETTLE
@pytest.mark.parametrize("id", ["no-such", "m1", "replayed"], ids=["unknown", "handled", "again"])
def test_a_message_that_is_not_dead_cannot_be_settled(
    office: Office, settle: Settle, id: str
) -> None:
    if id == "replayed":
        id = office.letter
        office.dead_letters.replay(id)
    before = dict(office.store.entries)
    with pytest.raises(UnknownDeadLetter, match=f"No dead letter has the id {id}"):
        settle(office.dead_letters, id)
    assert office.store.entries == before


@SETTLE
def test_an_outage_of_the_store_is_waited_for(office: Office, settle: Settle) -> None:
    office.store.failures.extend([Conflict("x"), StoreUnavailable("y")])
    settle(office.dead_letters, office.note)
    assert len(office.dead) == 1
    office.store.failures.extend([StoreUnavailable("gone")] * EVERY_TIME)
    with pytest.raises(StoreUnavailable):
        settle(office.dead_letters, office.letter)


@SETTLE
def test_a_replay_whose_commit_seemed_to_fail_happens_once(office: Office, settle: Settle) -> None:
    """The attempt after it finds what was done, and does not miss the dead letter."""
    entries = len(office.store.entries)
    office.store.failures_after.append(StoreUnavailable("the answer was lost"))
    settle(office.dead_letters, office.letter)
    assert not office.store.failures_after
    assert len(office.store.entries) == entries + 1
