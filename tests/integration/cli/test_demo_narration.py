"""The lines that the demo prints."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from allocation.bootstrap import Application, bootstrap
from allocation.config import Settings
from allocation.demo.schedule import WAREHOUSE, Scheduled
from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchEtaChanged,
    BatchQuantityChanged,
    Event,
)
from allocation.entrypoints.cli.demo.narration import MIN_INTERVAL, Narration
from tests.support.clock import Stopwatch

OPENING = datetime(2024, 1, 2, 8, tzinfo=UTC)
LEAK = BatchQuantityChanged("b1", 0, "leak in the roof")


@pytest.fixture
def application(sqlite_url: str) -> Iterator[Application]:
    """Two batches, and a line that is allocated to the first one."""
    with closing(bootstrap(Settings(sqlite_url))) as application:
        application.handle(BatchCreated("b1", "LAMP", 5))
        application.handle(AllocationRequired("o1", "LAMP", 3))
        application.handle(BatchCreated("b2", "LAMP", 9, date(2090, 1, 1)))
        yield application


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def narration(application: Application, stopwatch: Stopwatch) -> Narration:
    return Narration(application, OPENING, stopwatch)


def report(
    narration: Narration, application: Application, event: Event, at: datetime = OPENING
) -> None:
    narration.report(Scheduled(at, WAREHOUSE, event), event, application.handle(event))


def test_a_line_names_the_day_the_sender_the_event_and_the_moves(
    narration: Narration, application: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    report(narration, application, LEAK)

    assert capsys.readouterr().out == (
        "2024-01-02  warehouse  leak in the roof: b1 holds 0 now. "
        "1 order line moved: 1 reallocated.\n"
    )


@pytest.mark.parametrize(
    ("event", "at"),
    [
        (AllocationRequired("o2", "LAMP", 1), OPENING),
        (AllocationRequired("o2", "RATTAN-SWING", 1), OPENING),
        (BatchEtaChanged("b2"), OPENING),
        (BatchEtaChanged("unknown", date(2091, 1, 1), "customs"), OPENING),
        (LEAK, OPENING - timedelta(days=1)),
    ],
    ids=["order", "refused order", "arrival", "refused delay", "before the opening"],
)
def test_an_event_that_is_not_notable_has_no_line(
    narration: Narration,
    application: Application,
    capsys: pytest.CaptureFixture[str],
    event: Event,
    at: datetime,
) -> None:
    report(narration, application, event, at)

    assert capsys.readouterr().out == ""


def test_an_event_too_soon_after_another_line_has_none(
    narration: Narration,
    application: Application,
    stopwatch: Stopwatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for days in range(1, 4):
        report(narration, application, BatchEtaChanged("b2", date(2090, 2, days), "customs"))
        stopwatch.seconds += MIN_INTERVAL * 0.75

    assert capsys.readouterr().out.count("customs: b2 is due on") == 2
