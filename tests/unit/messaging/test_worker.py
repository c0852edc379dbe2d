"""The worker runs processor and relay in an event loop; nobody who asked is left alone."""

import asyncio
from collections.abc import Collection
from datetime import datetime
from itertools import count

import pytest

from allocation.messaging import background
from allocation.messaging.errors import HandlerFailed, Stopping, StoreUnavailable
from allocation.messaging.log import Status
from allocation.messaging.sync_bridge import await_
from tests.support.processors import EVERY_TIME
from tests.support.toy_domain import InkNote, Letter, Note
from tests.support.toy_store import ToyStore
from tests.support.workers import WorkerHarness


async def test_each_caller_gets_the_result_of_its_own_message(harness: WorkerHarness) -> None:
    async with harness.working() as worker:
        notes = [worker.submit(Note(f"n{n}")) for n in range(600)]
        answers = await asyncio.gather(*notes)
    assert [answer.result for answer in answers] == [f"wrote n{n}" for n in range(600)]
    assert len(harness.store.commits) < 60, "what had arrived was taken together"


async def test_a_bulk_request_lets_other_callers_in(harness: WorkerHarness) -> None:
    async with harness.working() as worker:
        asked = asyncio.ensure_future(worker.submit(Note("a")))
        turns = count()
        async for turn in worker.each(count()):
            assert turn == next(turns)
            if asked.done():
                break
    assert harness.store.lines == ["a"]


async def test_a_store_that_fails_is_an_answer_and_the_worker_goes_on(
    harness: WorkerHarness,
) -> None:
    async with harness.working() as worker:
        for error in (StoreUnavailable("disk full"), RuntimeError("a fault of ours")):
            harness.store.failures.extend([error] * EVERY_TIME)
            answer = await worker.submit(Note("lost"))
            assert isinstance(answer.error, StoreUnavailable | HandlerFailed)
            harness.store.failures.clear()
        assert (await worker.submit(Note("stored"))).result == "wrote stored"
    assert harness.store.lines == ["stored"]


async def test_accepted_messages_are_finished_before_the_worker_stops(
    harness: WorkerHarness,
) -> None:
    worker = harness.worker()
    taken = [asyncio.ensure_future(worker.submit(Note(f"n{n}"))) for n in range(600)]
    await asyncio.sleep(0)
    await worker.start()
    await worker.stop()
    assert all(future.done() for future in taken)
    assert len(harness.store.lines) == 600
    with pytest.raises(Stopping):
        await worker.submit(Note("too late"))


async def test_a_caller_that_goes_away_does_not_affect_others(harness: WorkerHarness) -> None:
    worker = harness.worker()
    gone = asyncio.ensure_future(worker.submit(Note("gone")))
    stays = asyncio.ensure_future(worker.submit(Note("stays")))
    await asyncio.sleep(0)
    gone.cancel()
    await worker.start()
    assert (await stays).result == "wrote stays"
    await worker.stop()
    assert harness.store.lines == ["gone", "stays"], "it had been taken"


async def test_unfinished_work_of_an_earlier_process_comes_before_new_work() -> None:
    harness = WorkerHarness(max_group_size=1)
    root = harness.envelope(Note("root", (Note("a"), Note("b"))))
    harness.processor.process_group([root], backlog=False)  # and then it is killed
    assert harness.store.lines == ["root"]
    async with harness.working() as worker:
        assert harness.store.lines == ["root", "a", "b"]
        await worker.submit(Note("new"))
    assert harness.store.lines == ["root", "a", "b", "new"]


async def test_after_a_message_that_cannot_be_handled_no_later_one_of_its_request_is() -> None:
    harness = WorkerHarness(max_group_size=2)
    async with harness.working() as worker:
        harness.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)
        request = worker.submit_all([(Note(f"{n}"), None) for n in range(6)])
        answers, other = await asyncio.gather(request, worker.submit(Note("other")))
    assert all(isinstance(answer.error, StoreUnavailable) for answer in answers)
    assert other.result == "wrote other"
    assert harness.store.lines == ["other"]


class SlowStore(ToyStore):
    """Tells what is due once the gate is open."""

    gate: asyncio.Event | None = None
    is_asked = False

    def due(self, now: datetime) -> Collection[Status]:
        due = super().due(now)
        if self.gate is not None:
            self.is_asked = True
            await_(self.gate.wait())
        return due


async def test_a_message_that_turns_out_to_be_due_while_a_group_waits_for_the_store_is_handled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "POLL_INTERVAL", 3600.0)
    store = SlowStore()
    harness = WorkerHarness(store=store)
    async with harness.working() as worker:
        store.ink = False
        await worker.submit(Note("root", (InkNote("follow-up"),)))
        store.ink = True
        harness.clock.go_on(seconds=300)
        store.gate = asyncio.Event()
        worker.poll_now()
        while not store.is_asked:
            await asyncio.sleep(0)
        other = asyncio.ensure_future(worker.submit(Note("other")))
        for _ in range(10):
            await asyncio.sleep(0)
        store.gate.set()
        await other
        while "follow-up" not in store.lines:
            await asyncio.sleep(0)


async def test_messages_around_an_unwritable_one_of_their_request_are_handled(
    harness: WorkerHarness,
) -> None:
    """It is a fault of ours, and will not pass."""
    async with harness.working() as worker:
        harness.store.unwritable = Note("bad")
        asked = [(Note(text), None) for text in ("good", "bad", "better")]
        good, bad, better = await worker.submit_all(asked)
    assert (good.result, better.result) == ("wrote good", "wrote better")
    assert isinstance(bad.error, HandlerFailed)
    assert harness.store.lines == ["good", "better"]


async def test_a_message_that_is_503_stops_the_rest_of_its_request_when_a_group_is_split(
    harness: WorkerHarness,
) -> None:
    groups = count(1)

    def begun() -> None:
        # The four together, then the first by itself, and then the second: it fails.
        if next(groups) == 3:
            harness.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)

    async with harness.working() as worker:
        harness.store.begun = begun
        harness.store.unwritable = Note("0")
        answers = await worker.submit_all([(Note(f"{n}"), None) for n in range(4)])
    assert isinstance(answers[0].error, HandlerFailed)
    assert all(isinstance(answer.error, StoreUnavailable) for answer in answers[1:])
    assert harness.store.lines == []


async def test_a_due_delivery_causes_no_group(harness: WorkerHarness) -> None:
    """Where nothing is PENDING there is nothing to be handled, and nothing to be locked."""
    async with harness.working() as worker:
        empty_groups = harness.store.commits.count(0)
        await worker.submit(Note("root", (Letter("to mother"), Letter("to father"))))
        while len(harness.letters) < 2:
            await asyncio.sleep(0)
        assert harness.store.commits.count(0) == empty_groups


class TroubledStore(ToyStore):
    """Cannot tell what is due, as often as it has troubles."""

    def __init__(self, *troubles: Exception) -> None:
        super().__init__()
        self.troubles = list(troubles)

    def due(self, now: datetime) -> Collection[Status]:
        if self.troubles:
            raise self.troubles.pop()
        return super().due(now)


@pytest.mark.parametrize("trouble", [StoreUnavailable("gone"), RuntimeError("a fault of ours")])
async def test_an_outage_does_not_end_the_relay(trouble: Exception) -> None:
    store = TroubledStore(trouble)
    harness = WorkerHarness(store=store)
    async with harness.working() as worker:
        await worker.submit(Note("root", (Letter("to mother"),)))
        await harness.delivered.wait()
    assert (harness.letters, store.troubles) == (["to mother"], [])
    assert store.entry_of(Letter("to mother")).status is Status.HANDLED
