"""An outage is told when it begins, while it lasts, and when it is over."""

import asyncio

import pytest

from allocation.messaging.errors import StoreUnavailable
from allocation.messaging.outage import Outage
from tests.support.processors import EVERY_TIME
from tests.support.toy_domain import Note
from tests.support.workers import WorkerHarness

FULL = StoreUnavailable("disk full")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_outage_is_one_line_and_another_each_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    outage = Outage(clock)
    for second in range(90):
        clock.now = float(second)
        outage.failed("one thing", FULL)
        outage.failed("another", FULL)
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


def test_a_part_that_works_does_not_end_the_outage_of_another(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outage = Outage(Clock())
    outage.failed("writing", FULL)
    outage.succeeded("reading")
    outage.failed("writing", FULL)
    assert len(caplog.messages) == 1


def test_many_messages_that_meet_a_full_disk_are_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            harness.store.failures.extend([FULL] * EVERY_TIME * 3)
            asked = [worker.submit_all([(Note(f"{n}"), None)] * 100) for n in range(3)]
            for answers in await asyncio.gather(*asked):
                assert all(answer.error is FULL for answer in answers)
            harness.store.failures.clear()
            await worker.submit(Note("good"))

    WorkerHarness().run(story)
    logged = [record.getMessage() for record in caplog.records if record.levelname != "INFO"]
    assert len(logged) == 2, logged
    assert "the database is not available: disk full" in logged[0]
    assert "the database is available again" in logged[1]
