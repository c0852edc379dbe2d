"""What was given up is kept until somebody has it tried again, or discards it."""

from collections.abc import Callable

import pytest

from allocation.messaging.bus import MessageBus
from allocation.messaging.dead_letters import DeadLetterDiscarded, DeadLetterReplayed, DeadLetters
from allocation.messaging.errors import Conflict, StoreUnavailable, UnknownDeadLetter
from allocation.messaging.log import Entry, Fate, in_hand
from allocation.messaging.relay import Relay
from tests.support.clock import THE_END
from tests.support.notebook import CATALOGUE, InkNote, Letter, Note
from tests.support.processors import AT_ONCE, EVENLY, EVERY_TIME, NotebookOffice


class DeadLetterOffice(NotebookOffice):
    """A notebook with letters that nobody takes, and notes for which there is no ink."""

    def __init__(self) -> None:
        super().__init__()
        self.road_is_open = False
        self.carried: list[str] = []
        bus = MessageBus({Letter: [self._carry]})
        self.relay = Relay(self.store, bus, clock=self.clock, backoff=EVENLY, retries=AT_ONCE)
        self.dead_letters = DeadLetters(self.store, CATALOGUE, self.clock, self.ids, AT_ONCE)

    def a_day_later(self) -> None:
        """All attempts have been made."""
        for _ in range(EVENLY.limit):
            self.clock.go_on(seconds=300)
            self.processor.recover()
            while claimed := self.relay.claim():
                self.relay.settle(self.relay.carry(claimed))

    def _carry(self, letter: Letter, _: object) -> None:
        if not self.road_is_open:
            raise OSError("no road")
        entry = in_hand.get()
        assert entry is not None
        self.carried.append(entry.envelope.id)


@pytest.fixture
def office() -> DeadLetterOffice:
    """A letter and a note that have been given up."""
    office = DeadLetterOffice()
    office.store.ink = False
    office.process(Note("root", (Letter("to mother"), InkNote("x"))))
    office.a_day_later()
    return office


def id_of(office: DeadLetterOffice, message: object) -> str:
    return office.store.entry_of(message).envelope.id


def dead(office: DeadLetterOffice) -> list[Entry]:
    return [entry for entry in office.store.entries.values() if entry.fate is Fate.DEAD]


def test_they_are_kept_with_their_error(office: DeadLetterOffice) -> None:
    letters = dead(office)
    assert {(e.envelope.message, e.error, e.attempts) for e in letters} == {
        (Letter("to mother"), "OSError: no road", EVENLY.limit),
        (InkNote("x"), "NoInk: x", EVENLY.limit),
    }


def test_they_are_not_tried_any_more(office: DeadLetterOffice) -> None:
    office.road_is_open = office.store.ink = True
    office.a_day_later()
    assert (office.carried, office.store.lines) == ([], ["root"])
    assert not office.store.due(THE_END)


def test_what_goes_outside_is_replayed_by_the_relay_with_its_id(office: DeadLetterOffice) -> None:
    office.road_is_open = True
    letter = id_of(office, Letter("to mother"))
    office.dead_letters.replay(letter)
    assert office.relay.run() == 1
    assert office.carried == [letter]


def test_what_happens_inside_is_replayed_by_the_processor(office: DeadLetterOffice) -> None:
    office.store.ink = True
    office.dead_letters.replay(id_of(office, InkNote("x")))
    office.processor.recover()
    assert office.store.lines == ["root", "x"]


def test_a_replay_that_fails_has_all_its_attempts_again(office: DeadLetterOffice) -> None:
    office.dead_letters.replay(id_of(office, InkNote("x")))
    office.processor.recover()
    entry = office.store.entry_of(InkNote("x"))
    assert (entry.fate, entry.attempts) == (Fate.PENDING, 1)


def test_all_are_replayed_at_once(office: DeadLetterOffice) -> None:
    assert list(office.dead_letters.replay_all()) == [2]
    assert dead(office) == []
    assert list(office.dead_letters.replay_all()) == []


def test_what_is_discarded_is_never_tried_again_and_stays_in_the_log(
    office: DeadLetterOffice,
) -> None:
    letter = id_of(office, Letter("to mother"))
    office.dead_letters.discard(letter)
    office.road_is_open = True
    office.a_day_later()
    assert office.carried == []
    entry = office.store.entry_of(Letter("to mother"))
    assert (entry.fate, entry.error) == (Fate.DISCARDED, "OSError: no road")


def test_the_log_tells_what_was_done_with_them(office: DeadLetterOffice) -> None:
    replayed, discarded = id_of(office, InkNote("x")), id_of(office, Letter("to mother"))
    office.dead_letters.replay(replayed)
    office.dead_letters.discard(discarded)
    for fact, cause in (
        (DeadLetterReplayed(replayed), replayed),
        (DeadLetterDiscarded(discarded), discarded),
    ):
        entry = office.store.entry_of(fact)
        assert (entry.fate, entry.envelope.causation_id) == (Fate.HANDLED, cause)
        assert entry.envelope.at == office.clock.now


@pytest.mark.parametrize("id", ["no-such", "m1"], ids=["unknown", "handled"])
def test_what_is_no_dead_letter_is_refused(office: DeadLetterOffice, id: str) -> None:
    before = dict(office.store.entries)
    for act in (office.dead_letters.replay, office.dead_letters.discard):
        with pytest.raises(UnknownDeadLetter, match=f"No dead letter has the id {id}"):
            act(id)
    assert office.store.entries == before


def test_once_replayed_it_is_a_dead_letter_no_more(office: DeadLetterOffice) -> None:
    letter = id_of(office, Letter("to mother"))
    office.dead_letters.replay(letter)
    with pytest.raises(UnknownDeadLetter):
        office.dead_letters.discard(letter)


def test_trouble_with_the_store_is_waited_for(office: DeadLetterOffice) -> None:
    office.store.failures.extend([Conflict("x"), StoreUnavailable("y")])
    office.dead_letters.replay(id_of(office, InkNote("x")))
    assert office.store.entry_of(InkNote("x")).fate is Fate.PENDING
    office.store.failures.extend([StoreUnavailable("gone")] * EVERY_TIME)
    with pytest.raises(StoreUnavailable):
        office.dead_letters.discard(id_of(office, Letter("to mother")))


@pytest.mark.parametrize("settle", [DeadLetters.replay, DeadLetters.discard])
def test_a_commit_that_came_through_though_it_seemed_to_fail(
    office: DeadLetterOffice, settle: Callable[[DeadLetters, str], None]
) -> None:
    """The attempt after it finds what was done, and does not miss the dead letter."""
    letter = id_of(office, Letter("to mother"))
    entries = len(office.store.entries)
    office.store.failures_after.append(StoreUnavailable("the answer was lost"))
    settle(office.dead_letters, letter)
    assert not office.store.failures_after
    assert len(office.store.entries) == entries + 1
