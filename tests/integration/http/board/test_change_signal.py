"""One look at the log serves all open pages, and only while there are any."""

import asyncio

from allocation.entrypoints.board.change_signal import ChangeSignal
from allocation.errors import StoreUnavailable
from tests.support.waiting import TIMEOUT


class Log:
    """A log whose last number is read."""

    def __init__(self) -> None:
        self.last = 1
        self.reads = 0
        self.is_down = False

    def read(self) -> int:
        self.reads += 1
        if self.is_down:
            raise StoreUnavailable("down")
        return self.last


async def seen_as(signal: ChangeSignal, number: int) -> None:
    async with asyncio.timeout(TIMEOUT):
        while signal.latest != number:
            await asyncio.sleep(0.001)


async def test_the_number_is_read_while_somebody_uses_it() -> None:
    log = Log()
    signal = ChangeSignal(log.read)
    with signal.used():
        await seen_as(signal, 1)
        log.last = 2
        await seen_as(signal, 2)
    await asyncio.sleep(0)  # lets what was cancelled end
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_many_users_share_one_look() -> None:
    log = Log()
    signal = ChangeSignal(log.read)
    with signal.used(), signal.used(), signal.used():
        await seen_as(signal, 1)
        assert log.reads == 1
    with signal.used():
        log.last = 5
        await seen_as(signal, 5)


async def test_an_outage_does_not_end_it() -> None:
    log = Log()
    log.is_down = True
    signal = ChangeSignal(log.read)
    with signal.used():
        async with asyncio.timeout(TIMEOUT):
            while not log.reads:
                await asyncio.sleep(0.001)
        log.is_down = False
        await seen_as(signal, 1)
