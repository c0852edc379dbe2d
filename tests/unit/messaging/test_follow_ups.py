"""What follows from a message is never lost, however long it takes."""

import pytest

from allocation.messaging.errors import StoreUnavailable
from allocation.messaging.log import Status
from tests.support import toy_domain
from tests.support.processors import EVERY_TIME, ToyHarness
from tests.support.registries import continued_by
from tests.support.toy_domain import InkNote, Letter, Note

MANY = Note("root", tuple(Note(f"{n}") for n in range(10)))
TREE = Note("root", (Note("a", (Note("a1"), Note("a2"))), Note("b", (Note("b1"),)), Note("c")))
BREADTH_FIRST = ["root", "a", "b", "c", "a1", "a2", "b1"]


def nested(depth: int) -> Note:
    """A note that is followed by another, and so on."""
    note = Note(f"{depth}")
    for level in reversed(range(depth)):
        note = Note(f"{level}", (note,))
    return note


class TestAChainThatIsTooDeep:
    @pytest.mark.parametrize("max_group_size", [3, 256])
    def test_ends_as_a_dead_letter_that_says_so(self, max_group_size: int) -> None:
        harness = ToyHarness(max_group_size, max_depth=5)
        [answer] = harness.process(nested(9))
        assert answer.result == "wrote 0"
        assert harness.store.lines == [*"012345"]
        [dead] = [e for e in harness.store.entries.values() if e.status is Status.DEAD]
        assert str(dead.envelope.message).startswith("Note(text='6'")
        assert dead.error == "ChainTooDeep: the message has more than 5 causes"

    def test_is_not_one_of_continuations_of_which_a_group_has_two_at_the_most(self) -> None:
        """Each does the work of a portion, and others want their turn."""
        registry = continued_by(toy_domain.REGISTRY, Note)
        harness = ToyHarness(max_group_size=8, max_depth=5, registry=registry)
        harness.process(nested(9))
        assert harness.store.lines == [*"0123456789"]
        assert max(harness.store.commits) == len(("handled", "handled", "pending"))


def test_pending_continuations_leave_half_of_a_group_to_incoming_messages() -> None:
    harness = ToyHarness(max_group_size=8, registry=continued_by(toy_domain.REGISTRY, Note))
    notes = [Note(f"{topic}: next") for topic in ("beds", "chairs", "lamps", "sofas")]
    harness.processor.process_group([harness.envelope(InkNote("root", (*notes,)))], backlog=False)
    incoming = [harness.envelope(InkNote(text)) for text in ("desks: one", "sofas: late")]
    result = harness.processor.process_group(incoming, backlog=True)
    assert [answer and answer.result for answer in result.answers] == ["inked desks: one", None]
    expected = ["root", "beds: next", "chairs: next", "lamps: next", "desks: one"]
    assert harness.store.lines == expected
    assert result.has_backlog


class TestBeyondTheBound:
    def test_they_stay_pending_in_the_log_until_the_next_groups_and_then_the_root_is_answered(
        self, small_groups: ToyHarness
    ) -> None:
        work = small_groups.processor.work([small_groups.envelope(MANY)])
        assert next(work) == []
        statuses = [entry.status for entry in small_groups.store.entries.values()]
        assert statuses == [Status.HANDLED] * 4 + [Status.PENDING] * 7
        assert small_groups.store.lines == ["root", "0", "1", "2"]
        for answers in work:
            done = len(small_groups.store.lines) == 11
            assert [answer.result for answer in answers] == (["wrote root"] if done else [])
        assert small_groups.store.lines == ["root", *"0123456789"]

    @pytest.mark.parametrize("max_group_size", range(1, 9))
    def test_they_come_in_the_order_of_the_log_before_the_next_message_whatever_the_bound(
        self, max_group_size: int
    ) -> None:
        harness = ToyHarness(max_group_size)
        answers = harness.process(TREE, Note("next"), TREE)
        assert [answer.result for answer in answers] == ["wrote root", "wrote next", "wrote root"]
        assert harness.store.lines == [*BREADTH_FIRST, "next", *BREADTH_FIRST]
        assert len(harness.store.commits) >= 15 / max_group_size

    def test_messages_that_were_answered_already_wait_for_no_one(
        self, small_groups: ToyHarness
    ) -> None:
        envelopes = [small_groups.envelope(m) for m in (Note("a"), MANY, Note("b"))]
        work = small_groups.processor.work(envelopes)
        assert [answer.result for answer in next(work)] == ["wrote a"]

    def test_a_message_is_not_answered_when_the_store_fails_before_its_follow_ups_are_done(
        self, small_groups: ToyHarness
    ) -> None:
        root, store = small_groups.envelope(MANY), small_groups.store
        work = small_groups.processor.work([root, small_groups.envelope(Note("b"))])
        next(work)
        store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)
        answers = next(work)
        assert [answer.id for answer in answers] == [root.id, "m2"]
        assert all(isinstance(answer.error, StoreUnavailable) for answer in answers)
        store.failures.clear()
        assert [answer.result for answer in small_groups.process(root)] == ["wrote root"]
        assert len(store.lines) == 11

    def test_a_repeat_is_not_answered_before_the_follow_ups_are_done(
        self, small_groups: ToyHarness
    ) -> None:
        root = small_groups.envelope(MANY)
        next(small_groups.processor.work([root]))  # another process is about to go on with it
        work = small_groups.started_anew().work([root, small_groups.envelope(Note("b"))])
        assert next(work) == [], "not all of it has been done"
        again, other = [answer for answers in work for answer in answers]
        assert (again.result, again.repeated, other.result) == ("wrote root", True, "wrote b")
        assert sorted(small_groups.store.lines) == [*"0123456789", "b", "root"]

    def test_a_repeat_does_not_wait_for_follow_ups_that_are_retried_later(
        self, harness: ToyHarness
    ) -> None:
        harness.store.ink = False
        root = harness.envelope(Note("root", (InkNote("x"),)))
        harness.process(root)
        [again] = harness.process(root)
        assert (again.result, again.repeated) == ("wrote root", True)
        assert harness.store.lines == ["root"]


def test_a_new_process_handles_what_a_crash_has_left_with_the_same_causes_as_without() -> None:
    crashed, whole = ToyHarness(max_group_size=2), ToyHarness()
    next(crashed.processor.work([crashed.envelope(TREE)]))  # and then it is killed
    crashed.started_anew().recover()
    whole.process(TREE)
    assert crashed.store.lines == BREADTH_FIRST
    assert {entry.status for entry in crashed.store.entries.values()} == {Status.HANDLED}
    assert crashed.store.causes == whole.store.causes


class TestAFollowUpThatFails:
    FAILS = InkNote("x", (Note("y"), Letter("z")))

    def test_does_not_fail_its_cause_or_its_siblings_and_stays_in_the_log_with_its_error(
        self, harness: ToyHarness
    ) -> None:
        harness.store.ink = False
        [answer] = harness.process(Note("root", (self.FAILS, Note("b"))))
        assert answer.result == "wrote root"
        assert harness.store.lines == ["root", "b"]
        entry = harness.store.entry_of(self.FAILS)
        assert (entry.status, entry.attempts, entry.error) == (Status.PENDING, 1, "NoInk: x")

    def test_is_tried_again_when_it_is_due_with_what_follows_from_it(
        self, harness: ToyHarness
    ) -> None:
        harness.store.ink = False
        harness.process(Note("root", (self.FAILS,)))
        harness.store.ink = True
        for seconds, lines in ((0.9, ["root"]), (0.1, ["root", "x", "y"])):
            harness.clock.go_on(seconds=seconds)
            harness.processor.recover()
            assert harness.store.lines == lines
        assert harness.store.entry_of(Letter("z")).status is Status.OUTGOING
        entry = harness.store.entry_of(self.FAILS)
        assert (entry.attempts, entry.due, entry.error) == (1, None, None)
