"""One look at the log serves all open pages, and only while there are any."""

import asyncio

import pytest

from allocation.entrypoints.board.change_signal import ChangeSignal
from allocation.errors import StoreUnavailable
from tests.support.waiting import TIMEOUT


class Log:
    """A log whose version is its last number."""

    def __init__(self) -> None:
        self.last = 1
        self.reads = 0
        self.trouble: Exception | None = None

    def read(self) -> int:
        self.reads += 1
        if self.trouble is not None:
            raise self.trouble
        return self.last


async def seen_as(signal: ChangeSignal, number: int) -> None:
    async with asyncio.timeout(TIMEOUT):
        while signal.latest != number:
            await asyncio.sleep(0.001)


async def test_the_version_is_read_while_somebody_uses_it() -> None:
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


@pytest.mark.parametrize("trouble", [StoreUnavailable("down"), RuntimeError("a defect")])
async def test_trouble_does_not_end_it(trouble: Exception) -> None:
    log = Log()
    log.trouble = trouble
    signal = ChangeSignal(log.read)
    with signal.used():
        async with asyncio.timeout(TIMEOUT):
            while not log.reads:
                await asyncio.sleep(0.001)
        log.trouble = None
        await seen_as(signal, 1)


async def test_a_defect_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    log = Log()
    log.trouble = RuntimeError("a defect")
    with ChangeSignal(log.read).used():
        async with asyncio.timeout(TIMEOUT):
            while log.reads < 3:
                await asyncio.sleep(0.001)
    assert [record.message for record in caplog.records] == ["open pages are not told of changes"]
