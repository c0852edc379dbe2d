"""Messages that share an ordering key are handled in order, also between servers."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from allocation.messaging.errors import Conflict, Locked
from allocation.messaging.processor import GroupResult
from allocation.messaging.retry import RetryPolicy
from tests.support.processors import BOUND, ToyHarness
from tests.support.toy_domain import Note
from tests.support.workers import WorkerHarness


def leave_a_cascade_over(harness: ToyHarness, chairs: int) -> None:
    """Another server begins a cascade of chairs, and handles no more than one group of it."""
    cascade = Note("chairs: all", tuple(Note(f"chairs: {n}") for n in range(chairs)))
    harness.started_anew().process_group([harness.envelope(cascade)], backlog=False)


def test_a_message_waits_for_the_cascade_that_another_server_has_left_over() -> None:
    harness = ToyHarness(max_group_size=4)
    leave_a_cascade_over(harness, 10)
    late, other = harness.process(Note("chairs: late"), Note("lamps: one"))
    assert (late.result, other.result) == ("wrote chairs: late", "wrote lamps: one")
    assert harness.store.lines[-3:] == ["chairs: 9", "chairs: late", "lamps: one"]


@pytest.mark.parametrize("backlog", [False, True])
def test_a_message_waits_for_follow_ups_that_are_committed_while_its_group_waits_for_the_lock(
    backlog: bool,
) -> None:
    harness = ToyHarness(max_group_size=4)
    cascades = iter([10])

    def other_server_commits() -> None:
        for chairs in cascades:
            with ThreadPoolExecutor() as other:
                other.submit(leave_a_cascade_over, harness, chairs).result()

    harness.store.locking = other_server_commits
    late = [harness.envelope(Note(text)) for text in ("chairs: late", "lamps: one")]
    result = harness.processor.process_group(late, backlog=backlog)
    assert [answer is None for answer in result.answers] == [True, False]
    assert result.has_backlog


async def test_a_caller_waits_while_another_server_has_the_backlog_in_hand_and_others_do_not(
    small_groups: WorkerHarness,
) -> None:
    async with small_groups.working() as worker:
        small_groups.store.backlog_is_taken = True
        leave_a_cascade_over(small_groups, 10)
        late = asyncio.ensure_future(worker.submit(Note("chairs: late")))
        for n in range(5):
            assert (await worker.submit(Note(f"lamps: {n}"))).error is None
        assert not late.done()
        small_groups.store.backlog_is_taken = False
        await late
    assert small_groups.store.lines[-1] == "chairs: late"
    assert len(small_groups.store.lines) == 17


class Locks(ToyHarness):
    """A notebook of which somebody keeps pages locked, with a clock for the looks at them."""

    seconds = 0.0

    def __init__(self, *locked: str, max_group_size: int = BOUND) -> None:
        retries = RetryPolicy(sleep=lambda _: None, clock=lambda: self.seconds)
        super().__init__(max_group_size, retries=retries)
        self.store.locked = set(locked)

    def group(self, *texts: str, backlog: bool = False) -> GroupResult:
        envelopes = [self.envelope(Note(text)) for text in texts]
        return self.processor.process_group(envelopes, backlog=backlog)


@pytest.mark.parametrize(
    ("handled", "texts"),
    [
        (1, ("chairs: one", "lamps: one", "chairs: two")),
        (3, ("chairs: lamps: one", "lamps: sofas: two", "sofas: three", "beds: four")),
    ],
)
def test_a_message_is_refused_if_it_or_one_before_it_that_shares_any_ordering_key_is_locked(
    handled: int, texts: tuple[str, ...]
) -> None:
    harness = Locks("chairs")
    result = harness.group(*texts)
    errors = [answer and answer.error for answer in result.answers]
    expected = [type(None) if n == handled else Locked for n in range(len(texts))]
    assert [type(error) for error in errors] == expected
    assert harness.store.lines == [texts[handled]]


@pytest.mark.parametrize("held", ["", "chairs"])
def test_a_lock_that_no_ordering_key_explains_is_reported_without_further_retries(
    held: str,
) -> None:
    harness = Locks(held)
    harness.group("chairs: one")
    harness.seconds = 2.0  # so that the held keys are checked again
    begun: list[None] = []

    def wait_in_vain() -> None:
        begun.append(None)
        raise Locked()

    harness.store.begun = wait_in_vain
    with pytest.raises(Locked):
        harness.group("lamps: one")
    assert len(begun) <= 3


def test_what_was_locked_is_looked_at_again_every_second() -> None:
    harness = Locks("chairs", "sofas")
    harness.group("chairs: one", "sofas: one")
    harness.store.locked = {"sofas"}
    for seconds, lines in ((0.9, []), (1.1, ["chairs: two"])):
        harness.seconds = seconds
        harness.group("chairs: two", "sofas: two")
        assert harness.store.lines == lines


def test_a_backlog_about_what_is_locked_keeps_no_other_one_waiting() -> None:
    harness = Locks(max_group_size=4)
    leave_a_cascade_over(harness, 10)
    harness.store.locked = {"chairs"}
    result = harness.group("lamps: one", backlog=True)
    assert (result.has_backlog, result.stalled, result.held_up) == (True, True, True)
    assert harness.store.lines[-1] == "lamps: one"
    harness.store.locked.clear()
    harness.seconds = 2.0
    harness.processor.recover()
    assert harness.store.lines[-1] == "chairs: 9"


def test_a_backlog_that_another_server_handles_is_not_held_up_by_a_lock() -> None:
    harness = Locks(max_group_size=4)
    leave_a_cascade_over(harness, 10)
    harness.store.locked = {"chairs"}
    assert harness.group(backlog=True).held_up
    harness.store.backlog_is_taken = True
    result = harness.group(backlog=True)
    assert (result.has_backlog, result.stalled, result.held_up) == (True, True, False)


def test_a_script_is_told_of_a_lock_that_lasts_and_handles_nothing_after_it() -> None:
    harness = Locks("chairs")
    answers = harness.process(Note("lamps: one"), Note("chairs: one"), Note("lamps: two"))
    assert all(isinstance(answer.error, Conflict) for answer in answers)
    assert harness.store.lines == []


def test_a_script_is_not_kept_waiting_by_a_cascade_of_others_that_meets_a_lock() -> None:
    harness = Locks(max_group_size=4)
    leave_a_cascade_over(harness, 10)
    harness.store.locked = {"chairs"}
    lamps = Note("lamps: all", tuple(Note(f"lamps: {n}") for n in range(10)))
    answers = harness.process(lamps, Note("lamps: late"))
    assert [answer.result for answer in answers] == ["wrote lamps: all", "wrote lamps: late"]


def test_a_script_ends_when_its_own_cascades_are_done_though_one_of_another_server_goes_on() -> (
    None
):
    harness = ToyHarness(max_group_size=4)
    chairs = Note("chairs: last")
    for n in range(40):
        chairs = Note(f"chairs: {n}", (chairs,))
    harness.started_anew().process_group([harness.envelope(chairs)], backlog=False)
    lamps = [Note("lamps: all", tuple(Note(f"lamps: {n}") for n in range(10))), Note("lamps: late")]
    answers = harness.process(*lamps, Note("sofas: one"))
    results = ["wrote lamps: all", "wrote lamps: late", "wrote sofas: one"]
    assert [answer.result for answer in answers] == results
    assert harness.store.lines[-2:] == ["lamps: late", "sofas: one"]
    assert "chairs: last" not in harness.store.lines


def test_a_script_whose_own_cascade_meets_a_lock_is_told_so() -> None:
    harness = Locks(max_group_size=4)
    chairs = Note("chairs: all", tuple(Note(f"chairs: {n}") for n in range(10)))
    work = harness.processor.work([harness.envelope(chairs), harness.envelope(Note("lamps: one"))])
    assert next(work) == []
    harness.store.locked = {"chairs"}
    answers = [answer for answers in work for answer in answers]
    assert [type(answer.error) for answer in answers] == [Locked, Locked]


async def test_the_caller_of_a_cascade_that_meets_a_lock_is_told_so(
    small_groups: WorkerHarness,
) -> None:
    async with small_groups.working() as worker:
        cascade = Note("chairs: all", tuple(Note(f"chairs: {n}") for n in range(40)))
        asked = asyncio.ensure_future(worker.submit(cascade))
        while not small_groups.store.lines:
            await asyncio.sleep(0)
        small_groups.store.locked = {"chairs"}
        assert isinstance((await asked).error, Locked)
        assert (await worker.submit(Note("lamps: one"))).error is None
