"""The chores of a worker: begun when it starts, done step by step, and never the end of it."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from allocation.messaging import background
from allocation.messaging.errors import StoreUnavailable
from tests.support.toy_domain import InkNote, Letter, Note
from tests.support.workers import WorkerHarness


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chores begin anew as soon as they have ended."""
    monkeypatch.setattr(background, "MAINTENANCE_INTERVAL", 0.0)


class Observations:
    """Chores of so many steps that write down what is done; the loop is told."""

    def __init__(self, steps: int) -> None:
        self.done: list[str] = []
        self.troubles: list[Exception] = []
        self._steps = steps
        self._written = asyncio.Event()

    def begin(self) -> Iterator[None]:
        if len(self.troubles) > 1:
            raise self.troubles.pop()
        return self._go_through()

    def _go_through(self) -> Iterator[None]:
        self._write("begun")
        for step in range(self._steps):
            if self.troubles:
                raise self.troubles.pop()
            self._write(f"step {step}")
            yield
        self._write("ended")

    def _write(self, what: str) -> None:
        self.done.append(what)
        self._written.set()

    async def has(self, true: Callable[[list[str]], bool]) -> None:
        while not true(self.done):
            self._written.clear()
            await self._written.wait()


async def test_maintenance_runs_after_the_start_and_repeatedly(
    often: None, harness: WorkerHarness
) -> None:
    observations = Observations(steps=2)
    async with harness.working(maintenance=observations.begin):
        await observations.has(lambda done: done.count("ended") >= 3)
    assert observations.done[:5] == ["begun", "step 0", "step 1", "ended", "begun"]


async def test_a_request_is_answered_between_two_steps_of_maintenance(
    harness: WorkerHarness,
) -> None:
    observations = Observations(steps=10**9)
    async with harness.working(maintenance=observations.begin) as worker:
        for number in range(5):
            answer = await worker.submit(Note(f"n{number}"))
            assert answer.result == f"wrote n{number}"
            so_far = len(observations.done)
            await observations.has(lambda done, so_far=so_far: len(done) > so_far)  # type: ignore[misc]
    assert "ended" not in observations.done


@pytest.mark.parametrize("trouble", [StoreUnavailable("gone"), RuntimeError("a fault of ours")])
async def test_maintenance_goes_on_after_an_error_at_its_beginning_or_in_a_step(
    often: None, harness: WorkerHarness, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    observations = Observations(steps=2)
    observations.troubles = [trouble, trouble]
    async with harness.working(maintenance=observations.begin) as worker:
        await observations.has(lambda done: "ended" in done)
        assert (await worker.submit(Note("good"))).result == "wrote good"
    assert observations.done[:4] == ["begun", "begun", "step 0", "step 1"]
    logged = [message for message in caplog.messages if "maintenance" in message]
    if isinstance(trouble, StoreUnavailable):
        assert logged == ["maintenance failed: the database is not available: gone"]
    else:
        assert logged == ["maintenance failed and will be retried"] * 2, "repeats are logged, too"


async def test_maintenance_stops_with_the_worker(harness: WorkerHarness) -> None:
    """After the step that is in hand; and it does not wait until they would begin anew."""
    observations = Observations(steps=10**9)
    async with harness.working(maintenance=observations.begin):
        await observations.has(lambda done: "step 3" in done)
    done = list(observations.done)
    await asyncio.sleep(0)
    assert observations.done == done
    assert "ended" not in done


async def test_due_messages_do_not_wait_for_all_deliveries(harness: WorkerHarness) -> None:
    """Carrying letters may take long; a follow-up that failed is tried again meanwhile."""
    loop, tried_again, delivered = asyncio.get_running_loop(), asyncio.Event(), list[str]()

    async def meanwhile() -> None:
        harness.store.ink = True
        harness.clock.go_on(seconds=300)

    async def again() -> None:
        while "follow-up" not in harness.store.lines:
            await asyncio.sleep(0)
        tried_again.set()

    def deliver(letter: Letter, _: object) -> None:
        delivered.append(letter.text)
        if len(delivered) == 1:
            asyncio.run_coroutine_threadsafe(meanwhile(), loop).result(10)
        if len(delivered) == 3:
            asyncio.run_coroutine_threadsafe(again(), loop).result(10)

    harness.store.ink = False
    async with harness.working(deliver) as worker:
        letters = tuple(Letter(f"{n}") for n in range(3))
        await worker.submit(Note("root", (InkNote("follow-up"), *letters)))
        await tried_again.wait()


async def test_a_worker_that_stops_releases_the_deliveries_that_it_has_claimed_and_not_begun(
    harness: WorkerHarness,
) -> None:
    """The next process need not wait until their lease is over."""
    loop = asyncio.get_running_loop()
    delivered, stopping = list[str](), list[asyncio.Task[None]]()

    async def begin_to_stop() -> None:
        stopping.append(asyncio.create_task(worker.stop()))
        await asyncio.sleep(0)

    def deliver(letter: Letter, _: object) -> None:
        delivered.append(letter.text)
        asyncio.run_coroutine_threadsafe(begin_to_stop(), loop).result(10)

    worker = harness.worker(deliver)
    await worker.start()
    await worker.submit(Note("root", (Letter("a"), Letter("b"))))
    while not stopping:
        await asyncio.sleep(0)
    await stopping[0]
    assert delivered == ["a"]
    assert harness.store.entry_of(Letter("b")).due == harness.clock.now
