"""The processor answers what is on disk, and handles no id twice. Its domain here is a
notebook, not stock."""

import pytest

from allocation.messaging.errors import Conflict, HandlerFailed, IdReused, StoreUnavailable
from allocation.messaging.log import Status
from tests.support.processors import EVERY_TIME, ToyHarness
from tests.support.toy_domain import Illegible, InkNote, Letter, NoInk, Note, Remark, Scribble

TREE = Note("root", (Note("a", (Note("a1"),)), Note("b", (Note("b1"),))))


class TestAMessage:
    def test_is_answered_with_its_result(self) -> None:
        harness = ToyHarness()
        [answer] = harness.process(Note("a"))
        assert answer.result == "wrote a"
        assert not answer.repeated
        assert harness.store.lines == ["a"]

    def test_is_in_the_log_with_its_result(self) -> None:
        harness = ToyHarness()
        harness.process(Note("a"))
        entry = harness.store.entry_of(Note("a"))
        assert (entry.status, list(entry.results)) == (Status.HANDLED, ["wrote a"])

    def test_shares_one_commit_with_others_that_have_arrived(self) -> None:
        harness = ToyHarness()
        answers = harness.process(*(Note(f"{n}") for n in range(50)))
        assert [answer.result for answer in answers] == [f"wrote {n}" for n in range(50)]
        assert harness.store.commits == [50]

    def test_brings_an_id_or_is_given_one(self) -> None:
        harness = ToyHarness()
        answers = harness.process(harness.envelope(Note("a"), "sender-1"), Note("b"))
        assert [answer.id for answer in answers] == ["sender-1", "m1"]

    def test_is_not_answered_before_the_commit(self) -> None:
        harness = ToyHarness()
        answers = harness.processor.work([harness.envelope(Note("a"))])
        harness.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)
        [answer] = next(answers)
        assert isinstance(answer.error, StoreUnavailable)


class TestAnIdThatWasSeenBefore:
    @pytest.mark.parametrize("max_group_size", [1, 256], ids=["other group", "same group"])
    def test_is_answered_with_the_first_result_and_not_handled_again(
        self, max_group_size: int
    ) -> None:
        harness = ToyHarness(max_group_size)
        note = harness.envelope(Note("a", (Note("b"),)), "sender-1")
        first, again = harness.process(note, note)
        assert (first.result, again.result) == ("wrote a", "wrote a")
        assert (first.repeated, again.repeated) == (False, True)
        assert harness.store.lines == ["a", "b"]

    def test_is_known_to_a_later_process_too(self) -> None:
        harness = ToyHarness()
        note = harness.envelope(Note("a"), "sender-1")
        harness.process(note)
        [again] = harness.started_anew().process([note])
        assert (again.result, again.repeated) == ("wrote a", True)
        assert harness.store.lines == ["a"]

    @pytest.mark.parametrize("max_group_size", [1, 256], ids=["other group", "same group"])
    def test_is_refused_again_when_it_was_refused_first(self, max_group_size: int) -> None:
        harness = ToyHarness(max_group_size)
        scribble = harness.envelope(Scribble("~"), "sender-1")
        first, again = harness.process(scribble, scribble)
        assert isinstance(first.error, Illegible)
        assert isinstance(again.error, Illegible)
        assert again.repeated

    def test_with_another_message_is_told_so_and_changes_nothing(self) -> None:
        harness = ToyHarness()
        first = harness.envelope(Note("a"), "sender-1")
        _, reused, _ = harness.process(first, harness.envelope(Note("b"), "sender-1"), Note("c"))
        assert isinstance(reused.error, IdReused)
        assert reused.error.id == "sender-1"
        assert harness.store.lines == ["a", "c"]

    def test_may_be_tried_again_when_nothing_of_it_was_kept(self) -> None:
        harness = ToyHarness()
        harness.store.ink = False
        note = harness.envelope(InkNote("a"), "sender-1")
        harness.process(note)
        harness.store.ink = True
        [answer] = harness.process(note)
        assert (answer.result, answer.repeated) == ("inked a", False)


class TestWhatFollows:
    def test_is_handled_and_committed_with_its_cause(self) -> None:
        harness = ToyHarness()
        [answer] = harness.process(TREE)
        assert answer.result == "wrote root"
        assert harness.store.lines == ["root", "a", "b", "a1", "b1"]
        assert harness.store.commits == [5]

    def test_comes_before_the_next_message_from_outside(self) -> None:
        harness = ToyHarness()
        harness.process(Note("a", (Note("b"),)), Note("c"))
        assert harness.store.lines == ["a", "b", "c"]

    def test_stands_in_the_log_after_its_cause_in_the_order_of_handling(self) -> None:
        harness = ToyHarness()
        harness.process(Note("a", (Remark("x"), Note("b"), Letter("y"))), Note("c"))
        kinds = [type(message).__name__ for message in harness.store.log()]
        assert kinds == ["Note", "Remark", "Note", "Letter", "Note"]

    def test_forms_a_tree_by_its_causes(self) -> None:
        harness = ToyHarness()
        harness.process(TREE, Note("other"))
        of = {e.envelope.message: e.envelope for e in harness.store.entries.values()}
        ids = {m.text: e.id for m, e in of.items() if isinstance(m, Note)}
        causes = {m.text: e.causation_id for m, e in of.items() if isinstance(m, Note)}
        chains = {m.text: e.correlation_id for m, e in of.items() if isinstance(m, Note)}
        root, a, b = ids["root"], ids["a"], ids["b"]
        assert causes == {"root": None, "a": root, "b": root, "a1": a, "b1": b, "other": None}
        assert set(chains.values()) == {root, ids["other"]}
        assert chains["b1"] == root
        assert len(set(ids.values())) == 6

    def test_is_done_when_it_is_a_plain_fact_and_due_when_it_goes_outside(self) -> None:
        harness = ToyHarness()
        harness.process(Note("a", (Remark("x"), Letter("y"))))
        remark, letter = (harness.store.entry_of(m) for m in (Remark("x"), Letter("y")))
        assert (remark.status, letter.status) == (Status.HANDLED, Status.OUTGOING)
        assert letter.due == harness.clock.now
        assert harness.store.due(harness.clock.now) == {Status.OUTGOING}


class TestARefusal:
    def test_harms_only_its_own_message(self) -> None:
        harness = ToyHarness()
        before, refused, after = harness.process(Note("a"), Scribble("~"), Note("b"))
        assert (before.result, after.result) == ("wrote a", "wrote b")
        assert isinstance(refused.error, Illegible)
        assert harness.store.lines == ["a", "b"]

    def test_is_kept_in_the_log_without_anything_that_the_message_raised(self) -> None:
        harness = ToyHarness()
        harness.process(Scribble("~"))
        assert harness.store.log() == [Scribble("~")]
        assert harness.store.entry_of(Scribble("~")).status is Status.REFUSED


class TestAnUnexpectedFailure:
    def test_leaves_nothing_of_its_message_and_the_others_commit(self) -> None:
        harness = ToyHarness()
        harness.store.ink = False
        before, failed, after = harness.process(Note("a"), InkNote("x", (Note("y"),)), Note("b"))
        assert (before.result, after.result) == ("wrote a", "wrote b")
        assert isinstance(failed.error, HandlerFailed)
        assert isinstance(failed.error.__cause__, NoInk)
        assert harness.store.lines == ["a", "b"]
        assert harness.store.log() == [Note("a"), Note("b")]


class TestTheStore:
    def test_conflicts_are_retried_and_no_caller_sees_them(self) -> None:
        harness = ToyHarness()
        harness.store.failures.extend([Conflict("somebody was faster")] * 5)
        answers = harness.process(TREE, Note("c"))
        assert [answer.result for answer in answers] == ["wrote root", "wrote c"]
        assert harness.store.lines == ["root", "a", "b", "a1", "b1", "c"]

    def test_when_it_fails_everybody_who_is_not_on_disk_is_told(self) -> None:
        harness = ToyHarness(max_group_size=2)
        down = StoreUnavailable("disk full")
        work = harness.processor.work([harness.envelope(Note(text)) for text in "abcde"])
        first = next(work)
        harness.store.failures.extend([down] * EVERY_TIME)
        rest = [answer for answers in work for answer in answers]
        assert [answer.result for answer in first] == ["wrote a", "wrote b"]
        assert [answer.error for answer in rest] == [down] * 3
        assert harness.store.lines == ["a", "b"]

    def test_when_nobody_knows_whether_it_committed_the_id_tells(self) -> None:
        harness = ToyHarness()
        harness.store.failures_after.append(StoreUnavailable("connection lost in COMMIT"))
        [answer] = harness.process(Note("a"))
        assert (answer.result, answer.repeated) == ("wrote a", True)
        assert harness.store.lines == ["a"]

    def test_that_comes_back_in_time_is_waited_for(self) -> None:
        harness = ToyHarness()
        harness.store.failures.extend([StoreUnavailable("restarting")] * (EVERY_TIME - 1))
        [answer] = harness.process(Note("a"))
        assert (answer.result, harness.store.lines) == ("wrote a", ["a"])

    def test_that_has_had_its_time_is_not_waited_for_again_until_it_is_back(self) -> None:
        harness = ToyHarness()
        harness.store.failures.extend([StoreUnavailable("down")] * (EVERY_TIME + 1))
        for text in "ab":
            [answer] = harness.process(Note(text))
            assert isinstance(answer.error, StoreUnavailable)
        harness.process(Note("c"))
        harness.store.failures.append(StoreUnavailable("down for a moment"))
        [answer] = harness.process(Note("d"))
        assert harness.store.lines == ["c", "d"]


def test_answers_stay_in_their_order_when_one_belongs_to_a_cascade_that_is_left_over() -> None:
    harness = ToyHarness(max_group_size=4)
    huge = Note("chairs: all", tuple(Note(f"chairs: {n}") for n in range(10)))
    step = harness.processor.process_group([harness.processor.envelope(huge)], backlog=False)
    assert step.has_backlog
    late, other = harness.process(Note("chairs: late"), Note("lamps: one"))
    assert (late.result, other.result) == ("wrote chairs: late", "wrote lamps: one")
    expected = ["all", *map(str, range(10)), "late"]
    assert harness.store.lines == [*(f"chairs: {what}" for what in expected), "lamps: one"]


def test_a_cascade_stays_incomplete_after_a_group_that_leaves_the_backlog_alone() -> None:
    """As on a server that handles new messages while another one handles the backlog."""
    harness = ToyHarness(max_group_size=2)
    root = harness.envelope(TREE)
    assert root.id in harness.processor.process_group([root], backlog=False).incomplete
    other = harness.envelope(Note("other"))
    result = harness.processor.process_group([other], backlog=False, awaited=[root.id])
    assert root.id in result.incomplete
    assert result.has_backlog
    assert not result.is_over
