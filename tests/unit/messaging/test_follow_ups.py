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
        assert dead.error == "ChainTooDeep: a message has at most 5 causes, one after another"

    def test_is_not_one_of_continuations(self) -> None:
        registry = continued_by(toy_domain.REGISTRY, Note)
        harness = ToyHarness(max_group_size=3, max_depth=5, registry=registry)
        harness.process(nested(9))
        assert harness.store.lines == [*"0123456789"]

    def test_of_continuations_has_two_of_them_in_a_group_at_the_most(self) -> None:
        """Each does the work of a portion, and others want their turn."""
        registry = continued_by(toy_domain.REGISTRY, Note)
        harness = ToyHarness(max_group_size=8, registry=registry)
        harness.process(nested(9))
        assert len(harness.store.commits) == 10 / 2


class TestBeyondTheBound:
    def test_they_stay_pending_in_the_log(self) -> None:
        harness = ToyHarness(max_group_size=4)
        work = harness.processor.work([harness.envelope(MANY)])
        assert next(work) == []
        statuses = [entry.status for entry in harness.store.entries.values()]
        assert statuses == [Status.HANDLED] * 4 + [Status.PENDING] * 7
        assert harness.store.lines == ["root", "0", "1", "2"]

    def test_they_go_on_in_the_next_groups_and_only_then_the_root_is_answered(self) -> None:
        harness = ToyHarness(max_group_size=4)
        for answers in harness.processor.work([harness.envelope(MANY)]):
            done = len(harness.store.lines) == 11
            assert [answer.result for answer in answers] == (["wrote root"] if done else [])
        assert harness.store.lines == ["root", *"0123456789"]
        assert len(harness.store.commits) >= 3

    def test_no_group_handles_much_more_than_the_bound(self) -> None:
        harness = ToyHarness(max_group_size=4)
        harness.process(MANY, *(Note(f"other {n}") for n in range(10)))
        assert len(harness.store.lines) == 21
        assert len(harness.store.commits) >= 21 // 4

    @pytest.mark.parametrize("max_group_size", range(1, 9))
    def test_they_are_handled_in_the_order_of_the_log_whatever_the_bound(
        self, max_group_size: int
    ) -> None:
        harness = ToyHarness(max_group_size)
        harness.process(TREE)
        assert harness.store.lines == BREADTH_FIRST

    @pytest.mark.parametrize("max_group_size", range(1, 9))
    def test_they_come_before_the_next_message_whatever_the_bound(
        self, max_group_size: int
    ) -> None:
        harness = ToyHarness(max_group_size)
        answers = harness.process(TREE, Note("next"), TREE)
        assert [answer.result for answer in answers] == ["wrote root", "wrote next", "wrote root"]
        assert harness.store.lines[7] == "next"
        assert sorted(harness.store.lines[:7]) == sorted(harness.store.lines[8:])

    def test_messages_that_were_answered_already_wait_for_no_one(self) -> None:
        harness = ToyHarness(max_group_size=4)
        work = harness.processor.work([harness.envelope(m) for m in (Note("a"), MANY, Note("b"))])
        assert [answer.result for answer in next(work)] == ["wrote a"]

    def test_a_message_is_not_answered_when_the_store_fails_before_all_that_follows(self) -> None:
        harness = ToyHarness(max_group_size=4)
        root = harness.envelope(MANY)
        work = harness.processor.work([root, harness.envelope(Note("b"))])
        next(work)
        harness.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)
        answers = next(work)
        assert [answer.id for answer in answers] == [root.id, "m2"]
        assert all(isinstance(answer.error, StoreUnavailable) for answer in answers)
        harness.store.failures.clear()
        assert [answer.result for answer in harness.process(root)] == ["wrote root"]
        assert len(harness.store.lines) == 11

    def test_a_repeat_is_not_answered_before_all_that_follows_either(self) -> None:
        harness = ToyHarness(max_group_size=4)
        root = harness.envelope(MANY)
        next(harness.processor.work([root]))  # another process is about to go on with it
        work = harness.started_anew().work([root, harness.envelope(Note("b"))])
        assert next(work) == [], "not all of it has been done"
        again, other = [answer for answers in work for answer in answers]
        assert (again.result, again.repeated, other.result) == ("wrote root", True, "wrote b")
        assert sorted(harness.store.lines) == [*"0123456789", "b", "root"]

    def test_a_repeat_does_not_wait_for_what_is_tried_again_later(self) -> None:
        harness = ToyHarness()
        harness.store.ink = False
        root = harness.envelope(Note("root", (InkNote("x"),)))
        harness.process(root)
        [again] = harness.process(root)
        assert (again.result, again.repeated) == ("wrote root", True)
        assert harness.store.lines == ["root"]


class TestAfterACrash:
    def test_a_new_process_handles_what_was_left(self) -> None:
        harness = ToyHarness(max_group_size=4)
        next(harness.processor.work([harness.envelope(MANY)]))  # and then it is killed
        harness.started_anew().recover()
        assert harness.store.lines == ["root", *"0123456789"]
        assert {entry.status for entry in harness.store.entries.values()} == {Status.HANDLED}

    def test_there_may_be_nothing_left(self) -> None:
        harness = ToyHarness()
        harness.started_anew().recover()
        assert harness.store.entries == {}

    def test_the_tree_of_causes_is_the_same_as_without(self) -> None:
        crashed, whole = ToyHarness(max_group_size=2), ToyHarness()
        next(crashed.processor.work([crashed.envelope(TREE)]))
        crashed.started_anew().recover()
        whole.process(TREE)
        assert _tree(crashed) == _tree(whole)


class TestAFollowUpThatFails:
    def harness(self) -> ToyHarness:
        harness = ToyHarness()
        harness.store.ink = False
        return harness

    def test_does_not_fail_its_cause_or_its_siblings(self) -> None:
        harness = self.harness()
        [answer] = harness.process(Note("root", (InkNote("x", (Note("y"),)), Note("b"))))
        assert answer.result == "wrote root"
        assert harness.store.lines == ["root", "b"]

    def test_stays_in_the_log_with_its_error_and_when_it_is_due(self) -> None:
        harness = self.harness()
        harness.process(Note("root", (InkNote("x"),)))
        entry = harness.store.entry_of(InkNote("x"))
        assert (entry.status, entry.attempts, entry.error) == (Status.PENDING, 1, "NoInk: x")
        assert entry.due is not None
        assert (entry.due - harness.clock.now).total_seconds() == 1

    def test_is_not_tried_before_it_is_due(self) -> None:
        harness = self.harness()
        harness.process(Note("root", (InkNote("x"),)))
        harness.store.ink = True
        harness.clock.go_on(seconds=0.9)
        harness.process(Note("b"))
        assert harness.store.lines == ["root", "b"]

    def test_is_tried_again_when_it_is_due_with_what_follows_from_it(self) -> None:
        harness = self.harness()
        harness.process(Note("root", (InkNote("x", (Note("y"), Letter("z"))),)))
        harness.store.ink = True
        harness.clock.go_on(seconds=1)
        harness.processor.recover()
        assert harness.store.lines == ["root", "x", "y"]
        assert harness.store.entry_of(Letter("z")).status is Status.OUTGOING
        assert harness.store.entry_of(InkNote("x", (Note("y"), Letter("z")))).error is None

    def test_is_tried_later_and_later_and_then_set_aside(self) -> None:
        harness = self.harness()
        harness.process(Note("root", (InkNote("x"),)))
        pauses = []
        for _ in range(12):
            due = harness.store.entry_of(InkNote("x")).due
            assert due is not None
            pauses.append((due - harness.clock.now).total_seconds())
            harness.clock.go_on(seconds=pauses[-1])
            harness.processor.recover()
        assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
        for _ in range(2):
            assert harness.store.entry_of(InkNote("x")).status is Status.PENDING
            harness.clock.go_on(seconds=300)
            harness.processor.recover()
        assert harness.store.entry_of(InkNote("x")).status is Status.DEAD


def _tree(harness: ToyHarness) -> dict[str, str | None]:
    """The texts, each with that of its cause."""
    envelopes = {entry.envelope.id: entry.envelope for entry in harness.store.entries.values()}
    tree: dict[str, str | None] = {}
    for envelope in envelopes.values():
        cause = envelopes.get(envelope.causation_id or "")
        assert isinstance(envelope.message, Note)
        tree[envelope.message.text] = (
            cause.message.text if cause and isinstance(cause.message, Note) else None
        )
    return tree
