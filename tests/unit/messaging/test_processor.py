"""The processor answers what is on disk, and handles no id twice. Its domain here is a
notebook, not stock."""

import pytest

from allocation.messaging.errors import Conflict, HandlerFailed, IdReused, StoreUnavailable
from allocation.messaging.log import Status
from tests.support.clock import TickingClock
from tests.support.processors import EVERY_TIME, ToyHarness
from tests.support.toy_domain import Illegible, InkNote, Letter, NoInk, Note, Remark, Scribble

TREE = Note("root", (Note("a", (Note("a1"),)), Note("b", (Note("b1"),))))


class TestAMessage:
    def test_is_answered_and_in_the_log_with_its_result(self, harness: ToyHarness) -> None:
        [answer] = harness.process(Note("a"))
        assert (answer.result, answer.repeated) == ("wrote a", False)
        assert harness.store.lines == ["a"]
        entry = harness.store.entry_of(Note("a"))
        assert (entry.status, list(entry.results)) == (Status.HANDLED, ["wrote a"])

    def test_shares_one_commit_with_others_that_have_arrived(self, harness: ToyHarness) -> None:
        answers = harness.process(*(Note(f"{n}") for n in range(50)))
        assert [answer.result for answer in answers] == [f"wrote {n}" for n in range(50)]
        assert harness.store.commits == [50]

    def test_brings_an_id_or_is_given_one(self, harness: ToyHarness) -> None:
        answers = harness.process(harness.envelope(Note("a"), "sender-1"), Note("b"))
        assert [answer.id for answer in answers] == ["sender-1", "m1"]


class TestAnIdThatWasSeenBefore:
    @pytest.mark.parametrize("max_group_size", [1, 256], ids=["other group", "same group"])
    def test_is_answered_as_the_first_time_and_not_handled_again(self, max_group_size: int) -> None:
        harness = ToyHarness(max_group_size)
        note = harness.envelope(Note("a", (Note("b"),)), "sender-1")
        scribble = harness.envelope(Scribble("~"), "sender-2")
        first, again, refused, refused_again = harness.process(note, note, scribble, scribble)
        assert (first.result, again.result) == ("wrote a", "wrote a")
        assert isinstance(refused.error, Illegible)
        assert isinstance(refused_again.error, Illegible)
        repeated = [answer.repeated for answer in (first, again, refused, refused_again)]
        assert repeated == [False, True, False, True]
        assert harness.store.lines == ["a", "b"]

    def test_with_another_message_is_refused_and_changes_nothing(self, harness: ToyHarness) -> None:
        first = harness.envelope(Note("a"), "sender-1")
        _, reused, _ = harness.process(first, harness.envelope(Note("b"), "sender-1"), Note("c"))
        assert isinstance(reused.error, IdReused)
        assert reused.error.id == "sender-1"
        assert harness.store.lines == ["a", "c"]

    def test_may_be_tried_again_when_nothing_of_it_was_stored(self, harness: ToyHarness) -> None:
        harness.store.ink = False
        note = harness.envelope(InkNote("a"), "sender-1")
        harness.process(note)
        harness.store.ink = True
        [answer] = harness.process(note)
        assert (answer.result, answer.repeated) == ("inked a", False)


class TestWhatFollows:
    def test_is_handled_and_committed_with_its_cause(self, harness: ToyHarness) -> None:
        [answer] = harness.process(TREE)
        assert answer.result == "wrote root"
        assert harness.store.lines == ["root", "a", "b", "a1", "b1"]
        assert harness.store.commits == [5]

    def test_stands_in_the_log_after_its_cause_in_the_order_of_handling(
        self, harness: ToyHarness
    ) -> None:
        harness.process(Note("a", (Remark("x"), Note("b"), Letter("y"))), Note("c"))
        kinds = [type(entry.envelope.message).__name__ for entry in harness.store.entries.values()]
        assert kinds == ["Note", "Remark", "Note", "Letter", "Note"]

    def test_forms_a_tree_by_its_causes(self, harness: ToyHarness) -> None:
        harness.process(TREE, Note("other"))
        assert harness.store.causes == {
            "root": (None, "root"),
            "other": (None, "other"),
            "a": ("root", "root"),
            "b": ("root", "root"),
            "a1": ("a", "root"),
            "b1": ("b", "root"),
        }
        assert len(harness.store.entries) == 6

    def test_is_done_when_it_is_a_plain_fact_and_due_when_it_goes_outside(
        self, harness: ToyHarness
    ) -> None:
        harness.process(Note("a", (Remark("x"), Letter("y"))))
        remark, letter = (harness.store.entry_of(m) for m in (Remark("x"), Letter("y")))
        assert (remark.status, letter.status) == (Status.HANDLED, Status.OUTGOING)
        assert letter.due == harness.clock.now
        assert harness.store.due(harness.clock.now) == {Status.OUTGOING}


def test_all_units_of_a_group_have_the_time_at_which_it_began() -> None:
    harness = ToyHarness(max_group_size=3, clock=TickingClock())
    harness.process(TREE)
    [one, two] = sorted(set(harness.store.times))
    assert harness.store.times == [one, one, one, two, two]


def test_a_refusal_harms_only_its_own_message_and_leaves_nothing_that_the_message_raised(
    harness: ToyHarness,
) -> None:
    before, refused, after = harness.process(Note("a"), Scribble("~"), Note("b"))
    assert (before.result, after.result) == ("wrote a", "wrote b")
    assert isinstance(refused.error, Illegible)
    assert harness.store.lines == ["a", "b"]
    assert harness.store.entry_of(Scribble("~")).status is Status.REFUSED
    assert len(harness.store.entries) == 3


def test_an_unexpected_failure_leaves_nothing_of_its_message_and_the_others_commit(
    harness: ToyHarness,
) -> None:
    harness.store.ink = False
    before, failed, after = harness.process(Note("a"), InkNote("x", (Note("y"),)), Note("b"))
    assert (before.result, after.result) == ("wrote a", "wrote b")
    assert isinstance(failed.error, HandlerFailed)
    assert isinstance(failed.error.__cause__, NoInk)
    with pytest.raises(HandlerFailed, match=f"Message {failed.id} failed: NoInk: x"):
        _ = failed.result
    assert harness.store.lines == ["a", "b"]
    assert len(harness.store.entries) == 2


class TestTheStore:
    @pytest.mark.parametrize("trouble", [Conflict("overtaken"), StoreUnavailable("restarting")])
    def test_that_comes_back_in_time_is_waited_for_and_no_caller_notices(
        self, harness: ToyHarness, trouble: Exception
    ) -> None:
        harness.store.failures.extend([trouble] * (EVERY_TIME - 1))
        answers = harness.process(TREE, Note("c"))
        assert [answer.result for answer in answers] == ["wrote root", "wrote c"]
        assert harness.store.lines == ["root", "a", "b", "a1", "b1", "c"]

    def test_when_it_fails_answers_every_message_that_is_not_on_disk_with_its_error(self) -> None:
        harness = ToyHarness(max_group_size=2)
        down = StoreUnavailable("disk full")
        work = harness.processor.work([harness.envelope(Note(text)) for text in "abcde"])
        first = next(work)
        harness.store.failures.extend([down] * EVERY_TIME)
        rest = [answer for answers in work for answer in answers]
        assert [answer.result for answer in first] == ["wrote a", "wrote b"]
        assert [answer.error for answer in rest] == [down] * 3
        assert harness.store.lines == ["a", "b"]

    def test_whose_commit_has_an_unknown_outcome_finds_the_ids(self, harness: ToyHarness) -> None:
        harness.store.failures_after.append(StoreUnavailable("connection lost in COMMIT"))
        [answer] = harness.process(Note("a"))
        assert (answer.result, answer.repeated) == ("wrote a", True)
        assert harness.store.lines == ["a"]

    def test_that_has_had_its_time_is_not_waited_for_again_until_it_is_back(
        self, harness: ToyHarness
    ) -> None:
        harness.store.failures.extend([StoreUnavailable("down")] * (EVERY_TIME + 1))
        for text in "ab":
            [answer] = harness.process(Note(text))
            assert isinstance(answer.error, StoreUnavailable)
        harness.process(Note("c"))
        harness.store.failures.append(StoreUnavailable("down for a moment"))
        [answer] = harness.process(Note("d"))
        assert harness.store.lines == ["c", "d"]


def test_a_cascade_stays_incomplete_after_a_group_that_leaves_the_backlog_alone() -> None:
    """As on a server that handles new messages while another one handles the backlog."""
    harness = ToyHarness(max_group_size=2)
    root = harness.envelope(TREE)
    assert root.id in harness.processor.process_group([root], backlog=False).incomplete
    other = harness.envelope(Note("other"))
    result = harness.processor.process_group([other], backlog=False, awaited=[root.id])
    assert root.id in result.incomplete
    assert result.has_backlog
