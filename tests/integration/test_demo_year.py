"""The simulated year of the demo, as fast as it can be sent to a worker."""

import asyncio
import json
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from allocation.bootstrap import Answer, bootstrap
from allocation.config import Settings
from allocation.demo.furniture import DISCONTINUED
from allocation.demo.schedule import Scheduled
from allocation.demo.year import OPENING, year
from allocation.domain.errors import InvalidSku
from allocation.domain.events import Event
from allocation.entrypoints.cli.demo.simulated_clock import SimulatedClock
from allocation.entrypoints.cli.demo.simulation import Simulation
from tests.support.ledger import Ledger, read_ledger, verify

pytestmark = pytest.mark.slow

UNWATCHABLE = 1e12
"""Days per minute: nothing is waited for."""


@dataclass
class PlayedYear:
    """What was sent and answered, and what the database holds in the end."""

    url: str
    sent: list[tuple[Scheduled, Event, Answer]] = field(default_factory=list)
    ends: int = 0

    def note(self, scheduled: Scheduled, event: Event, answer: Answer) -> None:
        self.sent.append((scheduled, event, answer))

    def note_end(self) -> None:
        self.ends += 1

    @property
    def ledger(self) -> Ledger:
        return read_ledger(self.url)


async def play(played: PlayedYear) -> None:
    clock = SimulatedClock(OPENING, UNWATCHABLE)
    with closing(bootstrap(Settings(played.url), clock=clock)) as application:
        worker = application.worker()
        await worker.start()
        schedule = year(1)
        await Simulation(application, clock, schedule, played.note, played.note_end).run(worker)
        await worker.stop()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> PlayedYear:
    """A year that has been played once for all tests."""
    folder: Path = tmp_path_factory.mktemp("demo")
    played = PlayedYear(f"sqlite:///{folder}/demo.db")
    asyncio.run(play(played))
    return played


def test_a_year_is_played_to_its_end_and_leaves_a_sound_database(played: PlayedYear) -> None:
    assert played.ends == 1
    assert verify(played.url) == []
    assert played.ledger.with_status("pending", "dead") == []


def test_a_year_has_no_refusals_but_those_of_discontinued_products(played: PlayedYear) -> None:
    errors = [answer.error for _, _, answer in played.sent if answer.error is not None]

    assert errors
    assert {type(error) for error in errors} == {InvalidSku}
    assert {error.sku for error in errors if isinstance(error, InvalidSku)} <= set(DISCONTINUED)


def test_a_year_moves_order_lines_all_the_time(played: PlayedYear) -> None:
    facts = [row for row in played.ledger.messages if row["type"] == "Deallocated"]
    months = Counter(row["at"].month for row in facts if utc(row["at"]) > OPENING)

    assert len(months) == 12
    assert min(months.values()) > 20


def test_a_year_begins_with_a_reallocation_within_twenty_seconds(played: PlayedYear) -> None:
    seconds_per_day = 60 / 10
    moved = [row for row in played.ledger.messages if row["type"] == "PromiseChanged"]
    first = min(utc(row["at"]) for row in moved if is_reallocation(row) and is_in_year(row))

    assert (first - OPENING) / timedelta(days=1) * seconds_per_day < 20


def test_overdue_shipments_of_a_year_are_noted_at_simulated_midnight(played: PlayedYear) -> None:
    overdue = [row for row in played.ledger.messages if row["type"] == "SupplyOverdue"]

    assert len(overdue) > 50
    for row in overdue:
        day_after = date.fromisoformat(json.loads(row["body"])["eta"]) + timedelta(days=1)
        midnight = datetime.combine(day_after, time(), UTC)
        assert midnight <= utc(row["at"]) < midnight + timedelta(minutes=1), row


def test_messages_of_a_year_name_the_people_who_send_them(played: PlayedYear) -> None:
    senders = Counter(row["sender"] for row in played.ledger.messages if row["sender"])

    assert senders.keys() == {"shop", "buyer", "warehouse", "service"}


def test_lines_of_a_year_are_shipped_once_they_are_in_stock(played: PlayedYear) -> None:
    states = Counter(row["state"] for row in played.ledger.lines)

    assert states["shipped"] > 1_500
    assert 0 < states["waiting"] < 400


def is_reallocation(row: dict[str, str]) -> bool:
    body = json.loads(row["body"])
    return bool(body["from_batchref"]) and body["from_batchref"] != body["to_batchref"]


def is_in_year(row: dict[str, datetime]) -> bool:
    return utc(row["at"]) > OPENING


def utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
