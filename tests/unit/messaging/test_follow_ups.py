"""What follows from a message is never lost, however long it takes."""

import pytest

from allocation.messaging.errors import StoreUnavailable
from allocation.messaging.log import Fate
from tests.support.notebook import InkNote, Letter, Note
from tests.support.processors import EVERY_TIME, NotebookOffice

MANY = Note("root", tuple(Note(f"{n}") for n in range(10)))
TREE = Note("root", (Note("a", (Note("a1"), Note("a2"))), Note("b", (Note("b1"),)), Note("c")))
BREADTH_FIRST = ["root", "a", "b", "c", "a1", "a2", "b1"]


class TestBeyondTheBound:
    def test_they_stay_pending_in_the_log(self) -> None:
        office = NotebookOffice(bound=4)
        work = office.processor.work([office.envelope(MANY)])
        assert next(work) == []
        fates = [entry.fate for entry in office.store.entries.values()]
        assert fates == [Fate.HANDLED] * 4 + [Fate.PENDING] * 7
        assert office.store.lines == ["root", "0", "1", "2"]

    def test_they_go_on_in_the_next_groups_and_only_then_the_root_is_answered(self) -> None:
        office = NotebookOffice(bound=4)
        for answers in office.processor.work([office.envelope(MANY)]):
            done = len(office.store.lines) == 11
            assert [answer.result for answer in answers] == (["wrote root"] if done else [])
        assert office.store.lines == ["root", *"0123456789"]
        assert len(office.store.commits) >= 3

    def test_no_group_handles_much_more_than_the_bound(self) -> None:
        office = NotebookOffice(bound=4)
        office.process(MANY, *(Note(f"other {n}") for n in range(10)))
        assert len(office.store.lines) == 21
        assert len(office.store.commits) >= 21 // 4

    @pytest.mark.parametrize("bound", range(1, 9))
    def test_they_are_handled_in_the_order_of_the_log_whatever_the_bound(self, bound: int) -> None:
        office = NotebookOffice(bound)
        office.process(TREE)
        assert office.store.lines == BREADTH_FIRST

    @pytest.mark.parametrize("bound", range(1, 9))
    def test_they_come_before_the_next_message_whatever_the_bound(self, bound: int) -> None:
        office = NotebookOffice(bound)
        answers = office.process(TREE, Note("next"), TREE)
        assert [answer.result for answer in answers] == ["wrote root", "wrote next", "wrote root"]
        assert office.store.lines[7] == "next"
        assert sorted(office.store.lines[:7]) == sorted(office.store.lines[8:])

    def test_messages_that_were_answered_already_wait_for_no_one(self) -> None:
        office = NotebookOffice(bound=4)
        work = office.processor.work([office.envelope(m) for m in (Note("a"), MANY, Note("b"))])
        assert [answer.result for answer in next(work)] == ["wrote a"]

    def test_a_message_is_not_answered_when_the_store_fails_before_all_that_follows(self) -> None:
        office = NotebookOffice(bound=4)
        root = office.envelope(MANY)
        work = office.processor.work([root, office.envelope(Note("b"))])
        next(work)
        office.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)
        answers = next(work)
        assert [answer.id for answer in answers] == [root.id, "m2"]
        assert all(isinstance(answer.error, StoreUnavailable) for answer in answers)
        office.store.failures.clear()
        assert [answer.result for answer in office.process(root)] == ["wrote root"]
        assert len(office.store.lines) == 11

    def test_a_repeat_is_not_answered_before_all_that_follows_either(self) -> None:
        office = NotebookOffice(bound=4)
        root = office.envelope(MANY)
        next(office.processor.work([root]))  # another process is about to go on with it
        work = office.started_anew().work([root, office.envelope(Note("b"))])
        assert next(work) == [], "not all of it has been done"
        again, other = [answer for answers in work for answer in answers]
        assert (again.result, again.repeated, other.result) == ("wrote root", True, "wrote b")
        assert sorted(office.store.lines) == [*"0123456789", "b", "root"]

    def test_a_repeat_does_not_wait_for_what_is_tried_again_later(self) -> None:
        office = NotebookOffice()
        office.store.ink = False
        root = office.envelope(Note("root", (InkNote("x"),)))
        office.process(root)
        [again] = office.process(root)
        assert (again.result, again.repeated) == ("wrote root", True)
        assert office.store.lines == ["root"]


class TestAfterACrash:
    def test_a_new_process_handles_what_was_left(self) -> None:
        office = NotebookOffice(bound=4)
        next(office.processor.work([office.envelope(MANY)]))  # and then it is killed
        office.started_anew().recover()
        assert office.store.lines == ["root", *"0123456789"]
        assert {entry.fate for entry in office.store.entries.values()} == {Fate.HANDLED}

    def test_there_may_be_nothing_left(self) -> None:
        office = NotebookOffice()
        office.started_anew().recover()
        assert office.store.entries == {}

    def test_the_tree_of_causes_is_the_same_as_without(self) -> None:
        crashed, whole = NotebookOffice(bound=2), NotebookOffice()
        next(crashed.processor.work([crashed.envelope(TREE)]))
        crashed.started_anew().recover()
        whole.process(TREE)
        assert _tree(crashed) == _tree(whole)


class TestAFollowUpThatFails:
    def office(self) -> NotebookOffice:
        office = NotebookOffice()
        office.store.ink = False
        return office

    def test_does_not_fail_its_cause_or_its_siblings(self) -> None:
        office = self.office()
        [answer] = office.process(Note("root", (InkNote("x", (Note("y"),)), Note("b"))))
        assert answer.result == "wrote root"
        assert office.store.lines == ["root", "b"]

    def test_stays_in_the_log_with_its_error_and_when_it_is_due(self) -> None:
        office = self.office()
        office.process(Note("root", (InkNote("x"),)))
        entry = office.store.entry_of(InkNote("x"))
        assert (entry.fate, entry.attempts, entry.error) == (Fate.PENDING, 1, "NoInk: x")
        assert entry.due is not None
        assert (entry.due - office.clock.now).total_seconds() == 1

    def test_is_not_tried_before_it_is_due(self) -> None:
        office = self.office()
        office.process(Note("root", (InkNote("x"),)))
        office.store.ink = True
        office.clock.go_on(seconds=0.9)
        office.process(Note("b"))
        assert office.store.lines == ["root", "b"]

    def test_is_tried_again_when_it_is_due_with_what_follows_from_it(self) -> None:
        office = self.office()
        office.process(Note("root", (InkNote("x", (Note("y"), Letter("z"))),)))
        office.store.ink = True
        office.clock.go_on(seconds=1)
        office.processor.recover()
        assert office.store.lines == ["root", "x", "y"]
        assert office.store.entry_of(Letter("z")).fate is Fate.OUTGOING
        assert office.store.entry_of(InkNote("x", (Note("y"), Letter("z")))).error is None

    def test_is_tried_later_and_later_and_then_set_aside(self) -> None:
        office = self.office()
        office.process(Note("root", (InkNote("x"),)))
        pauses = []
        for _ in range(12):
            due = office.store.entry_of(InkNote("x")).due
            assert due is not None
            pauses.append((due - office.clock.now).total_seconds())
            office.clock.go_on(seconds=pauses[-1])
            office.processor.recover()
        assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
        for _ in range(2):
            assert office.store.entry_of(InkNote("x")).fate is Fate.PENDING
            office.clock.go_on(seconds=300)
            office.processor.recover()
        assert office.store.entry_of(InkNote("x")).fate is Fate.DEAD


def _tree(office: NotebookOffice) -> dict[str, str | None]:
    """The texts, each with that of its cause."""
    envelopes = {entry.envelope.id: entry.envelope for entry in office.store.entries.values()}
    tree: dict[str, str | None] = {}
    for envelope in envelopes.values():
        cause = envelopes.get(envelope.causation_id or "")
        assert isinstance(envelope.message, Note)
        tree[envelope.message.text] = (
            cause.message.text if cause and isinstance(cause.message, Note) else None
        )
    return tree
