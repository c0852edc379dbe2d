"""An outage is told when it begins, while it lasts, and when it is over."""

import asyncio

import pytest

from allocation.messaging.errors import StoreUnavailable
from allocation.messaging.outage import Outage
from tests.support.processors import EVERY_TIME
from tests.support.toy_domain import Note
from tests.support.workers import WorkerHarness

FULL = StoreUnavailable("disk full")


def test_an_outage_is_one_line_and_another_each_minute_until_all_parts_work(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    outage = Outage(lambda: now)
    for second in range(90):
        now = float(second)
        outage.failed("one thing", FULL)
        outage.failed("another", FULL)
        outage.succeeded("a third, which works")
    outage.succeeded("one thing")
    assert outage.error is FULL
    outage.succeeded("another")
    outage.succeeded("another")
    assert outage.error is None
    assert caplog.messages == [
        "one thing failed: the database is not available: disk full",
        "the database is still not available after 60 s and 121 failures: disk full",
        "the database is available again after 89 s and 180 failures",
    ]


async def test_many_messages_that_meet_a_full_disk_are_one_line(
    harness: WorkerHarness, caplog: pytest.LogCaptureFixture
) -> None:
    async with harness.working() as worker:
        harness.store.failures.extend([FULL] * EVERY_TIME * 3)
        asked = [worker.submit_all([(Note(f"{n}"), None)] * 100) for n in range(3)]
        for answers in await asyncio.gather(*asked):
            assert all(answer.error is FULL for answer in answers)
        harness.store.failures.clear()
        await worker.submit(Note("good"))
    logged = [record.getMessage() for record in caplog.records if record.levelname != "INFO"]
    assert len(logged) == 2, logged
    assert "the database is not available: disk full" in logged[0]
    assert "the database is available again" in logged[1]
