"""Today is the date in the application's timezone when a group begins, wherever it is stored."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from allocation.adapters.dates import date_in
from allocation.adapters.memory.store import MemoryStore, MemoryUnitOfWork
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.errors import Refusal
from allocation.domain.events import Event
from allocation.messaging.processor import Processor
from allocation.messaging.registry import MessageType, Registry
from allocation.service_layer import messagebus
from allocation.service_layer.unit_of_work import AbstractUnitOfWork
from tests.support.clock import VirtualClock
from tests.support.processors import a_processor
from tests.support.storages import OpenDatabase

HOUR = 3600
LATE = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
BERLIN, NEW_YORK, KIRITIMATI = map(
    ZoneInfo, ("Europe/Berlin", "America/New_York", "Pacific/Kiritimati")
)


@dataclass(frozen=True, slots=True)
class DateRequired(Event):
    """A question about the date, whose handling takes some seconds."""

    seconds: int = 0


class Place:
    """Opens processors on one store; their handler answers with its date."""

    def __init__(self, url: str | None, stack: ExitStack) -> None:
        self._url = url
        self._stack = stack
        self.clock = VirtualClock()
        self._registry = Registry(
            *messagebus.REGISTRY.entries,
            MessageType(DateRequired, "DateRequired", lambda _: (), handlers=(self._answer,)),
        )

    def _answer(self, event: DateRequired, uow: AbstractUnitOfWork) -> str:
        self.clock.go_on(seconds=event.seconds)
        return uow.today.isoformat()

    def processor(self, timezone: tzinfo, max_group_size: int) -> Processor:
        if self._url is None:
            store = MemoryStore(self._registry, today_of=date_in(timezone))
            return a_processor(
                *(store, self._registry, Refusal),
                clock=self.clock,
                max_group_size=max_group_size,
            )
        application = bootstrap(
            Settings(self._url, timezone=timezone),
            clock=self.clock,
            max_group_size=max_group_size,
            registry=self._registry,
        )
        self._stack.callback(application.close)
        return application.processor

    def answers(
        self, *messages: DateRequired, timezone: tzinfo, max_group_size: int = 256
    ) -> list[object]:
        """The date of each message."""
        processor = self.processor(timezone, max_group_size)
        return [answer.result for answer in processor.process(processor.envelopes(messages))]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    """None stands for memory."""
    if request.param == "memory":
        return None
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def place(url: str | None) -> Iterator[Place]:
    with ExitStack() as stack:
        yield Place(url, stack)


@pytest.mark.parametrize(
    ("now", "timezone", "today"),
    [
        (LATE, UTC, "2026-03-01"),
        (LATE, BERLIN, "2026-03-02"),
        (LATE, NEW_YORK, "2026-03-01"),
        (datetime(2026, 3, 1, 22, 30, tzinfo=UTC), BERLIN, "2026-03-01"),
        (datetime(2026, 7, 1, 22, 30, tzinfo=UTC), BERLIN, "2026-07-02"),  # in summer
        (datetime(2026, 3, 2, 4, 30, tzinfo=UTC), NEW_YORK, "2026-03-01"),
        (datetime(2026, 2, 28, 10, tzinfo=UTC), KIRITIMATI, "2026-03-01"),
    ],
)
def test_today_is_the_date_of_the_clock_in_the_timezone(
    place: Place, now: datetime, timezone: tzinfo, today: str
) -> None:
    place.clock.now = now
    assert place.answers(DateRequired(), timezone=timezone) == [today]


def test_all_messages_of_a_group_have_the_date_at_which_it_began(place: Place) -> None:
    place.clock.now = LATE
    messages = [DateRequired(seconds) for seconds in (0, HOUR, 0)]
    assert place.answers(*messages, timezone=UTC) == ["2026-03-01"] * 3
    assert place.answers(*messages, timezone=UTC) == ["2026-03-02"] * 3


def test_the_date_changes_between_groups(place: Place) -> None:
    place.clock.now = LATE
    messages = [DateRequired(seconds) for seconds in (0, HOUR, 0)]
    dates = place.answers(*messages, timezone=UTC, max_group_size=1)
    assert dates == ["2026-03-01", "2026-03-01", "2026-03-02"]


NewUnit = Callable[..., StandaloneUnitOfWork]


@pytest.fixture
def new_unit(url: str | None, open_database: OpenDatabase) -> NewUnit:
    """Makes a standalone unit of work."""
    if url is None:
        return MemoryUnitOfWork
    database = open_database(url)
    return lambda **options: SqlAlchemyUnitOfWork(database, **options)


def test_a_standalone_unit_of_work_has_the_date_that_it_is_given(new_unit: NewUnit) -> None:
    leap_day = date(2028, 2, 29)
    with new_unit(today=leap_day) as uow:
        assert uow.today == leap_day


def test_a_standalone_unit_of_work_has_the_date_in_utc_unless_it_is_given(
    new_unit: NewUnit,
) -> None:
    before = datetime.now(UTC).date()
    today = new_unit().today
    assert before <= today <= datetime.now(UTC).date()
