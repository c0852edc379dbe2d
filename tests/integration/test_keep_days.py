"""A server with ALLOCATION_KEEP_DAYS prunes its log by itself."""

import pytest
from litestar.testing import TestClient

from allocation.adapters.sql.engine.database import Database
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.entrypoints.http.app import create_app
from allocation.messaging import background
from tests.support.builders import a_batch_created
from tests.support.ledger import read_ledger
from tests.support.requests import add_batch, allocate
from tests.support.stock_harness import StockHarness
from tests.support.waiting import wait_until


@pytest.fixture(autouse=True)
def _tidies_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "MAINTENANCE_INTERVAL", 0.01)


@pytest.fixture
def harness(database: Database) -> StockHarness:
    """More than one portion, all of it of last month, and a last message."""
    harness = StockHarness(database)
    harness.handle(*(a_batch_created(f"b{n}", sku="LAMP") for n in range(300)))
    harness.life_goes_on(days=30)
    return harness


def test_a_server_prunes_while_it_serves(harness: StockHarness, database_url: str) -> None:
    application = bootstrap(Settings(database_url, keep_days=7), clock=harness.clock)
    with TestClient(
        create_app(application, may_be_open=True),
        base_url="http://127.0.0.1",
        raise_server_exceptions=False,
    ) as client:
        assert allocate(client, "o1") is not None
        wait_until(lambda: "m1" not in harness.log, "the old messages have left")
        wait_until(lambda: harness.log[0] == "day-1", "all of them have")
        harness.days_pass(8)
        add_batch(client, ref="new", sku="LAMP")
        harness.days_pass(1)
        wait_until(lambda: len(harness.log) == 1, "later it prunes again")
        assert allocate(client, "o2") is not None
    assert harness.discrepancies == []


@pytest.mark.parametrize("days", [None, 31])
def test_a_server_prunes_nothing_without_a_setting_or_old_messages(
    harness: StockHarness, database_url: str, days: int | None
) -> None:
    settings = Settings(database_url, keep_days=days)
    before = read_ledger(database_url)
    with TestClient(create_app(bootstrap(settings, clock=harness.clock), may_be_open=True)):
        pass
    assert read_ledger(database_url) == before


def test_of_an_empty_log_there_is_nothing_to_say(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with TestClient(create_app(bootstrap(Settings(database_url, keep_days=7)), may_be_open=True)):
        pass
    assert caplog.records == []
