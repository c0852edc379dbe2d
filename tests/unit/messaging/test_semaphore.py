"""Units that are shared out first come, first served."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from allocation.messaging.semaphore import WeightedSemaphore


@pytest.fixture
def semaphore() -> WeightedSemaphore:
    """Ten units."""
    return WeightedSemaphore(10)


class Holder(AsyncExitStack):
    """Somebody who has asked for units, has them in their turn, and gives them back."""

    def __init__(
        self, semaphore: WeightedSemaphore, units: int, *, within: float | None = None
    ) -> None:
        super().__init__()
        acquired = semaphore.acquired(units, within=within)
        self.turn = asyncio.ensure_future(self.enter_async_context(acquired))

    @property
    def has_units(self) -> bool:
        return self.turn.done()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def take_all(semaphore: WeightedSemaphore) -> None:
    """Which is possible at once when nobody has any."""
    async with semaphore.acquired(10, within=0):
        pass


async def test_a_small_request_does_not_overtake_a_large_one(
    semaphore: WeightedSemaphore,
) -> None:
    first, much, little = (Holder(semaphore, units) for units in (6, 8, 1))
    await settled()
    assert [one.has_units for one in (first, much, little)] == [True, False, False]
    await first.aclose()
    await settled()
    assert (much.has_units, little.has_units) == (True, True)


async def test_a_request_for_too_many_units_waits_for_all(semaphore: WeightedSemaphore) -> None:
    little, much = Holder(semaphore, 1), Holder(semaphore, 1000)
    await settled()
    assert not much.has_units
    await little.aclose()
    await much.turn
    await much.aclose()
    await take_all(semaphore)


async def test_a_waiter_that_times_out_keeps_no_other_waiting(semaphore: WeightedSemaphore) -> None:
    first, impatient = Holder(semaphore, 6), Holder(semaphore, 8, within=0.05)
    await settled()
    behind_it = Holder(semaphore, 4)
    with pytest.raises(TimeoutError):
        await impatient.turn
    await behind_it.turn
    await first.aclose()
    assert semaphore.waiting == 0


async def test_a_waiter_cancelled_when_its_units_are_granted_gives_them_back(
    semaphore: WeightedSemaphore,
) -> None:
    first, waiting = Holder(semaphore, 10), Holder(semaphore, 10)
    await settled()
    await first.aclose()
    waiting.turn.cancel()  # its turn has come, and it does not know yet
    with pytest.raises(asyncio.CancelledError):
        await waiting.turn
    await take_all(semaphore)


async def test_an_error_gives_the_units_back(semaphore: WeightedSemaphore) -> None:
    with pytest.raises(RuntimeError):
        async with semaphore.acquired(10):
            raise RuntimeError
    await take_all(semaphore)


async def test_a_closed_semaphore_releases_all_waiters(semaphore: WeightedSemaphore) -> None:
    first, waiting = Holder(semaphore, 10), Holder(semaphore, 1)
    await settled()
    semaphore.close(KeyError("closed"))
    for late in (waiting, Holder(semaphore, 1)):
        with pytest.raises(KeyError):
            await late.turn
    await first.aclose()
    await take_all(semaphore)
