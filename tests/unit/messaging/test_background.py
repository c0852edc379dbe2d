"""The chores of a worker: begun when it starts, done step by step, and never the end of it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager

import pytest

from allocation.messaging import background
from allocation.messaging.background import MaintenanceJob
from allocation.messaging.errors import StoreUnavailable
from allocation.messaging.worker import Worker
from tests.support.processors import ToyHarness
from tests.support.toy_domain import InkNote, Letter, Note
from tests.support.workers import a_worker, at_work


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chores begin anew as soon as they have ended."""
    monkeypatch.setattr(background, "MAINTENANCE_INTERVAL", 0.0)


class Observations:
    """Chores that write down what is done; the loop is told."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.troubles: list[Exception] = []
        self._loop = asyncio.get_running_loop()
        self._written = asyncio.Event()

    def maintenance(self, steps: int) -> MaintenanceJob:
        def some() -> Iterator[None]:
            self.write("begun")
            for step in range(steps):
                if self.troubles:
                    raise self.troubles.pop()
                self.write(f"step {step}")
                yield
            self.write("ended")

        return some

    def write(self, what: str) -> None:
        self.done.append(what)
        self._loop.call_soon_threadsafe(self._written.set)

    async def has(self, true: Callable[[list[str]], bool]) -> None:
        while not true(self.done):
            self._written.clear()
            await self._written.wait()


def working(
    harness: ToyHarness, maintenance: MaintenanceJob
) -> AbstractAsyncContextManager[Worker]:
    return at_work(a_worker(harness, maintenance=maintenance))


def test_maintenance_runs_after_the_start() -> None:
    async def story() -> None:
        observations = Observations()
        async with working(ToyHarness(), observations.maintenance(3)):
            await observations.has(lambda done: "ended" in done)
        assert observations.done == ["begun", "step 0", "step 1", "step 2", "ended"]

    asyncio.run(story())


def test_maintenance_runs_repeatedly(often: None) -> None:
    async def story() -> None:
        observations = Observations()
        async with working(ToyHarness(), observations.maintenance(2)):
            await observations.has(lambda done: done.count("ended") >= 3)

    asyncio.run(story())


def test_a_request_is_answered_between_two_steps_of_maintenance() -> None:
    async def story() -> None:
        harness, observations = ToyHarness(), Observations()
        async with working(harness, observations.maintenance(10**9)) as worker:
            for number in range(5):
                answer = await worker.submit(Note(f"n{number}"))
                assert answer.result == f"wrote n{number}"
                so_far = len(observations.done)
                await observations.has(lambda done, so_far=so_far: len(done) > so_far)  # type: ignore[misc]
        assert "ended" not in observations.done

    asyncio.run(story())


@pytest.mark.parametrize("trouble", [StoreUnavailable("gone"), RuntimeError("a fault of ours")])
def test_maintenance_goes_on_after_an_error(
    often: None, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        observations = Observations()
        observations.troubles = [trouble, trouble]
        async with working(ToyHarness(), observations.maintenance(2)) as worker:
            await observations.has(lambda done: "ended" in done)
            assert (await worker.submit(Note("good"))).result == "wrote good"
        assert observations.done[:5] == ["begun", "begun", "begun", "step 0", "step 1"]

    asyncio.run(story())
    logged = [
        record.getMessage() for record in caplog.records if "maintenance" in record.getMessage()
    ]
    if isinstance(trouble, StoreUnavailable):
        assert logged == ["maintenance failed: the database is not available: gone"]
    else:
        assert logged == ["maintenance failed and will be retried"] * 2, "repeats are logged, too"


def test_chores_that_cannot_even_begin_do_not_end_the_worker() -> None:
    def never() -> Iterator[None]:
        raise RuntimeError("a fault of ours")

    async def story() -> None:
        async with working(ToyHarness(), never) as worker:
            assert (await worker.submit(Note("good"))).result == "wrote good"

    asyncio.run(story())


def test_maintenance_stops_with_the_worker() -> None:
    """After the step that is in hand; and it does not wait until they would begin anew."""

    async def story() -> None:
        observations = Observations()
        async with working(ToyHarness(), observations.maintenance(10**9)):
            await observations.has(lambda done: "step 3" in done)
        done = list(observations.done)
        await asyncio.sleep(0)
        assert observations.done == done
        assert "ended" not in done

    asyncio.run(story())


def test_due_messages_do_not_wait_for_all_deliveries() -> None:
    """Carrying letters may take long; a follow-up that failed is tried again meanwhile."""

    async def story() -> None:
        harness, loop = ToyHarness(), asyncio.get_running_loop()
        tried_again, delivered = asyncio.Event(), list[str]()

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
        async with at_work(a_worker(harness, deliver)) as worker:
            letters = tuple(Letter(f"{n}") for n in range(3))
            await worker.submit(Note("root", (InkNote("follow-up"), *letters)))
            await tried_again.wait()

    asyncio.run(story())


def test_a_worker_that_stops_releases_the_deliveries_that_it_has_claimed_and_not_begun() -> None:
    """The next process need not wait until their lease is over."""

    async def story() -> None:
        harness, loop = ToyHarness(), asyncio.get_running_loop()
        delivered, stopping = list[str](), list[asyncio.Task[None]]()

        async def begin_to_stop() -> None:
            stopping.append(asyncio.create_task(worker.stop()))
            await asyncio.sleep(0)

        def deliver(letter: Letter, _: object) -> None:
            delivered.append(letter.text)
            asyncio.run_coroutine_threadsafe(begin_to_stop(), loop).result(10)

        worker = a_worker(harness, deliver)
        await worker.start()
        await worker.submit(Note("root", (Letter("a"), Letter("b"))))
        while not stopping:
            await asyncio.sleep(0)
        await stopping[0]
        assert delivered == ["a"]
        assert harness.store.entry_of(Letter("b")).due == harness.clock.now

    asyncio.run(story())
