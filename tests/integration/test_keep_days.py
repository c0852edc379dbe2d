"""A server with ALLOCATION_KEEP_DAYS prunes its log by itself."""

from contextlib import closing

import pytest
from litestar.testing import TestClient

from allocation.adapters.sql.database import Database
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.entrypoints.http.app import create_app
from allocation.messaging import rounds
from tests.support.builders import a_batch_created
from tests.support.ledger import read_ledger
from tests.support.requests import add_batch, allocate
from tests.support.stock_office import StockOffice
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def _tidies_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "TIDY_AGAIN", 0.01)


@pytest.fixture
def office(database: Database) -> StockOffice:
    """More than one portion, all of it of last month, and a last message."""
    office = StockOffice(database)
    office.handle(*(a_batch_created(f"b{n}", sku="LAMP") for n in range(300)))
    office.life_goes_on(days=30)
    return office


def test_it_prunes_while_it_serves(office: StockOffice, database_url: str) -> None:
    settings = Settings.read({"ALLOCATION_DATABASE_URL": database_url, "ALLOCATION_KEEP_DAYS": "7"})
    application = bootstrap(settings, clock=office.clock)
    with TestClient(
        create_app(application), base_url="http://127.0.0.1", raise_server_exceptions=False
    ) as client:
        assert allocate(client, "o1") is not None
        until(lambda: "m1" not in office.log, "the old messages have left")
        until(lambda: office.log[0] == "day-1", "all of them have")
        office.days_pass(8)
        add_batch(client, ref="new", sku="LAMP")
        office.days_pass(1)
        until(lambda: len(office.log) == 1, "later it prunes again")
        assert allocate(client, "o2") is not None
    assert office.discrepancies == []


@pytest.mark.parametrize("days", ["", "31"])
def test_it_prunes_nothing_else(office: StockOffice, database_url: str, days: str) -> None:
    settings = Settings.read(
        {"ALLOCATION_DATABASE_URL": database_url, "ALLOCATION_KEEP_DAYS": days}
    )
    before = read_ledger(database_url)
    with TestClient(create_app(bootstrap(settings, clock=office.clock))):
        pass
    assert read_ledger(database_url) == before


def test_of_an_empty_log_there_is_nothing_to_say(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with TestClient(create_app(bootstrap(Settings(database_url, keep_days=7)))):
        pass
    assert caplog.records == []


def test_the_setting_is_what_the_application_keeps(sqlite_url: str) -> None:
    with closing(bootstrap(Settings(sqlite_url, keep_days=7))) as application:
        assert application.keep is not None
        assert application.keep.days == 7
