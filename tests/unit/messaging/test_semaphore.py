"""Units that are shared out first come, first served."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from allocation.messaging.semaphore import WeightedSemaphore

Story = Callable[[WeightedSemaphore], Awaitable[None]]


def play(story: Story, units: int = 10) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(10):
            await story(WeightedSemaphore(units))

    asyncio.run(in_time())


class Holder:
    """Somebody who holds units until told to give them back."""

    def __init__(self, semaphore: WeightedSemaphore, units: int) -> None:
        self.has = asyncio.Event()
        self.give_back = asyncio.Event()
        self.task = asyncio.create_task(self._hold(semaphore, units))

    async def _hold(self, semaphore: WeightedSemaphore, units: int) -> None:
        async with semaphore.acquired(units):
            self.has.set()
            await self.give_back.wait()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_who_asks_for_little_does_not_pass_who_asks_for_much() -> None:
    async def story(semaphore: WeightedSemaphore) -> None:
        first, much, little = (Holder(semaphore, units) for units in (6, 8, 1))
        await settled()
        assert (first.has.is_set(), much.has.is_set(), little.has.is_set()) == (True, False, False)
        first.give_back.set()
        await much.has.wait()
        await little.has.wait()
        for holder in (much, little):
            holder.give_back.set()
            await holder.task

    play(story)


def test_who_asks_for_more_than_there_are_waits_for_all() -> None:
    async def story(semaphore: WeightedSemaphore) -> None:
        little = Holder(semaphore, 1)
        much = Holder(semaphore, 1000)
        await settled()
        assert not much.has.is_set()
        little.give_back.set()
        await much.has.wait()
        much.give_back.set()
        await much.task
        async with semaphore.acquired(10, within=0):
            pass

    play(story)


def test_a_waiter_that_times_out_keeps_no_other_waiting() -> None:
    async def story(semaphore: WeightedSemaphore) -> None:
        async with semaphore.acquired(6):
            impatient = asyncio.create_task(held(semaphore, 8, within=0.05))
            await settled()
            blocked_keys = asyncio.create_task(held(semaphore, 4, within=None))
            with pytest.raises(TimeoutError):
                await impatient
            await blocked_keys
        assert semaphore.waiting == 0

    play(story)


def test_who_goes_away_when_the_turn_has_come_gives_the_units_back() -> None:
    async def story(semaphore: WeightedSemaphore) -> None:
        async with AsyncExitStack() as first:
            await first.enter_async_context(semaphore.acquired(10))
            waiting = asyncio.create_task(held(semaphore, 10, within=None))
            await settled()
        waiting.cancel()  # its turn has come, and it does not know yet
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await held(semaphore, 10, within=0)

    play(story)


def test_an_error_gives_the_units_back() -> None:
    async def story(semaphore: WeightedSemaphore) -> None:
        with pytest.raises(RuntimeError):
            async with semaphore.acquired(10):
                raise RuntimeError
        await held(semaphore, 10, within=0)

    play(story)


def test_a_closed_semaphore_releases_all_waiters() -> None:
    async def story(semaphore: WeightedSemaphore) -> None:
        async with semaphore.acquired(10):
            waiting = asyncio.create_task(held(semaphore, 1, within=None))
            await settled()
            semaphore.close(KeyError("closed"))
            with pytest.raises(KeyError):
                await waiting
            with pytest.raises(KeyError):
                await held(semaphore, 1, within=None)
        await held(semaphore, 1, within=None)

    play(story)


async def held(semaphore: WeightedSemaphore, units: int, *, within: float | None) -> None:
    async with semaphore.acquired(units, within=within):
        pass
