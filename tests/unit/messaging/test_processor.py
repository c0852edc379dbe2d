"""The processor answers what is on disk, and handles no id twice. Its domain here is a
notebook, not stock."""

import pytest

from allocation.messaging.errors import Conflict, HandlerFailed, IdReused, StoreUnavailable
from allocation.messaging.log import Fate
from tests.support.notebook import Illegible, InkNote, Letter, NoInk, Note, Remark, Scribble
from tests.support.processors import EVERY_TIME, NotebookOffice

TREE = Note("root", (Note("a", (Note("a1"),)), Note("b", (Note("b1"),))))


class TestAMessage:
    def test_is_answered_with_its_result(self) -> None:
        office = NotebookOffice()
        [answer] = office.process(Note("a"))
        assert answer.result == "wrote a"
        assert not answer.repeated
        assert office.store.lines == ["a"]

    def test_is_in_the_log_with_its_result(self) -> None:
        office = NotebookOffice()
        office.process(Note("a"))
        entry = office.store.entry_of(Note("a"))
        assert (entry.fate, list(entry.results)) == (Fate.HANDLED, ["wrote a"])

    def test_shares_one_commit_with_others_that_have_arrived(self) -> None:
        office = NotebookOffice()
        answers = office.process(*(Note(f"{n}") for n in range(50)))
        assert [answer.result for answer in answers] == [f"wrote {n}" for n in range(50)]
        assert office.store.commits == [50]

    def test_brings_an_id_or_is_given_one(self) -> None:
        office = NotebookOffice()
        answers = office.process(office.envelope(Note("a"), "sender-1"), Note("b"))
        assert [answer.id for answer in answers] == ["sender-1", "m1"]

    def test_is_not_answered_before_the_commit(self) -> None:
        office = NotebookOffice()
        answers = office.processor.work([office.envelope(Note("a"))])
        office.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)
        [answer] = next(answers)
        assert isinstance(answer.error, StoreUnavailable)


class TestAnIdThatWasSeenBefore:
    @pytest.mark.parametrize("bound", [1, 256], ids=["in another group", "in the same group"])
    def test_is_answered_with_the_first_result_and_not_handled_again(self, bound: int) -> None:
        office = NotebookOffice(bound)
        note = office.envelope(Note("a", (Note("b"),)), "sender-1")
        first, again = office.process(note, note)
        assert (first.result, again.result) == ("wrote a", "wrote a")
        assert (first.repeated, again.repeated) == (False, True)
        assert office.store.lines == ["a", "b"]

    def test_is_known_to_a_later_process_too(self) -> None:
        office = NotebookOffice()
        note = office.envelope(Note("a"), "sender-1")
        office.process(note)
        [again] = office.started_anew().process([note])
        assert (again.result, again.repeated) == ("wrote a", True)
        assert office.store.lines == ["a"]

    @pytest.mark.parametrize("bound", [1, 256], ids=["in another group", "in the same group"])
    def test_is_refused_again_when_it_was_refused_first(self, bound: int) -> None:
        office = NotebookOffice(bound)
        scribble = office.envelope(Scribble("~"), "sender-1")
        first, again = office.process(scribble, scribble)
        assert isinstance(first.error, Illegible)
        assert isinstance(again.error, Illegible)
        assert again.repeated

    def test_with_another_message_is_told_so_and_changes_nothing(self) -> None:
        office = NotebookOffice()
        first = office.envelope(Note("a"), "sender-1")
        _, reused, _ = office.process(first, office.envelope(Note("b"), "sender-1"), Note("c"))
        assert isinstance(reused.error, IdReused)
        assert reused.error.id == "sender-1"
        assert office.store.lines == ["a", "c"]

    def test_may_be_tried_again_when_nothing_of_it_was_kept(self) -> None:
        office = NotebookOffice()
        office.store.ink = False
        note = office.envelope(InkNote("a"), "sender-1")
        office.process(note)
        office.store.ink = True
        [answer] = office.process(note)
        assert (answer.result, answer.repeated) == ("inked a", False)


class TestWhatFollows:
    def test_is_handled_and_committed_with_its_cause(self) -> None:
        office = NotebookOffice()
        [answer] = office.process(TREE)
        assert answer.result == "wrote root"
        assert office.store.lines == ["root", "a", "b", "a1", "b1"]
        assert office.store.commits == [5]

    def test_comes_before_the_next_message_from_outside(self) -> None:
        office = NotebookOffice()
        office.process(Note("a", (Note("b"),)), Note("c"))
        assert office.store.lines == ["a", "b", "c"]

    def test_stands_in_the_log_after_its_cause_in_the_order_of_handling(self) -> None:
        office = NotebookOffice()
        office.process(Note("a", (Remark("x"), Note("b"), Letter("y"))), Note("c"))
        kinds = [type(message).__name__ for message in office.store.log()]
        assert kinds == ["Note", "Remark", "Note", "Letter", "Note"]

    def test_forms_a_tree_by_its_causes(self) -> None:
        office = NotebookOffice()
        office.process(TREE, Note("other"))
        of = {e.envelope.message: e.envelope for e in office.store.entries.values()}
        ids = {m.text: e.id for m, e in of.items() if isinstance(m, Note)}
        causes = {m.text: e.causation_id for m, e in of.items() if isinstance(m, Note)}
        chains = {m.text: e.correlation_id for m, e in of.items() if isinstance(m, Note)}
        root, a, b = ids["root"], ids["a"], ids["b"]
        assert causes == {"root": None, "a": root, "b": root, "a1": a, "b1": b, "other": None}
        assert set(chains.values()) == {root, ids["other"]}
        assert chains["b1"] == root
        assert len(set(ids.values())) == 6

    def test_is_done_when_it_is_a_plain_fact_and_due_when_it_goes_outside(self) -> None:
        office = NotebookOffice()
        office.process(Note("a", (Remark("x"), Letter("y"))))
        remark, letter = (office.store.entry_of(m) for m in (Remark("x"), Letter("y")))
        assert (remark.fate, letter.fate) == (Fate.HANDLED, Fate.OUTGOING)
        assert letter.due == office.clock.now
        assert office.store.due(office.clock.now) == {Fate.OUTGOING}


class TestARefusal:
    def test_harms_only_its_own_message(self) -> None:
        office = NotebookOffice()
        before, refused, after = office.process(Note("a"), Scribble("~"), Note("b"))
        assert (before.result, after.result) == ("wrote a", "wrote b")
        assert isinstance(refused.error, Illegible)
        assert office.store.lines == ["a", "b"]

    def test_is_kept_in_the_log_without_anything_that_the_message_raised(self) -> None:
        office = NotebookOffice()
        office.process(Scribble("~"))
        assert office.store.log() == [Scribble("~")]
        assert office.store.entry_of(Scribble("~")).fate is Fate.REFUSED


class TestAnUnexpectedFailure:
    def test_leaves_nothing_of_its_message_and_the_others_commit(self) -> None:
        office = NotebookOffice()
        office.store.ink = False
        before, failed, after = office.process(Note("a"), InkNote("x", (Note("y"),)), Note("b"))
        assert (before.result, after.result) == ("wrote a", "wrote b")
        assert isinstance(failed.error, HandlerFailed)
        assert isinstance(failed.error.__cause__, NoInk)
        assert office.store.lines == ["a", "b"]
        assert office.store.log() == [Note("a"), Note("b")]


class TestTheStore:
    def test_conflicts_are_retried_and_no_caller_sees_them(self) -> None:
        office = NotebookOffice()
        office.store.failures.extend([Conflict("somebody was faster")] * 5)
        answers = office.process(TREE, Note("c"))
        assert [answer.result for answer in answers] == ["wrote root", "wrote c"]
        assert office.store.lines == ["root", "a", "b", "a1", "b1", "c"]

    def test_when_it_fails_everybody_who_is_not_on_disk_is_told(self) -> None:
        office = NotebookOffice(bound=2)
        down = StoreUnavailable("disk full")
        work = office.processor.work([office.envelope(Note(text)) for text in "abcde"])
        first = next(work)
        office.store.failures.extend([down] * EVERY_TIME)
        rest = [answer for answers in work for answer in answers]
        assert [answer.result for answer in first] == ["wrote a", "wrote b"]
        assert [answer.error for answer in rest] == [down] * 3
        assert office.store.lines == ["a", "b"]

    def test_when_nobody_knows_whether_it_committed_the_id_tells(self) -> None:
        office = NotebookOffice()
        office.store.failures_after.append(StoreUnavailable("connection lost in COMMIT"))
        [answer] = office.process(Note("a"))
        assert (answer.result, answer.repeated) == ("wrote a", True)
        assert office.store.lines == ["a"]

    def test_that_comes_back_in_time_is_waited_for(self) -> None:
        office = NotebookOffice()
        office.store.failures.extend([StoreUnavailable("restarting")] * (EVERY_TIME - 1))
        [answer] = office.process(Note("a"))
        assert (answer.result, office.store.lines) == ("wrote a", ["a"])

    def test_that_has_had_its_time_is_not_waited_for_again_until_it_is_back(self) -> None:
        office = NotebookOffice()
        office.store.failures.extend([StoreUnavailable("down")] * (EVERY_TIME + 1))
        for text in "ab":
            [answer] = office.process(Note(text))
            assert isinstance(answer.error, StoreUnavailable)
        office.process(Note("c"))
        office.store.failures.append(StoreUnavailable("down for a moment"))
        [answer] = office.process(Note("d"))
        assert office.store.lines == ["c", "d"]


def test_answers_stay_in_their_order_when_one_belongs_to_a_cascade_that_is_left_over() -> None:
    office = NotebookOffice(bound=4)
    huge = Note("chairs: all", tuple(Note(f"chairs: {n}") for n in range(10)))
    step = office.processor.step([office.processor.envelope(huge)], backlog=False)
    assert step.left_over
    late, other = office.process(Note("chairs: late"), Note("lamps: one"))
    assert (late.result, other.result) == ("wrote chairs: late", "wrote lamps: one")
    expected = ["all", *map(str, range(10)), "late"]
    assert office.store.lines == [*(f"chairs: {what}" for what in expected), "lamps: one"]
