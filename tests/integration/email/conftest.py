"""A mail server for every test, settings that name it, and a shop that has something to tell."""

from collections.abc import Iterator
from typing import Final

import pytest

from allocation.bootstrap import Application, bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated
from tests.support.clock import VirtualClock
from tests.support.mail import MailServer

LAMPS_RUN_OUT: Final = (BatchCreated("b1", "LAMP", 1), AllocationRequired("o1", "LAMP", 5))


@pytest.fixture
def mail_server() -> MailServer:
    """A mail server; it is down."""
    return MailServer()


@pytest.fixture
def settings(sqlite_url: str, mail_server: MailServer) -> Settings:
    """As read from the environment of a shop with a mail server."""
    read = Settings.read(
        {
            "ALLOCATION_DATABASE_URL": sqlite_url,
            "ALLOCATION_SMTP_URL": mail_server.url,
            "ALLOCATION_STOCK_EMAIL": "buyers@shop.example",
            "ALLOCATION_SENDER_EMAIL": "robot@shop.example",
        }
    )
    assert read.database_url == sqlite_url
    return read


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def shop(settings: Settings, clock: VirtualClock) -> Iterator[Application]:
    """A shop in which lamps have just run out, and nobody has been told yet."""
    shop = bootstrap(settings, clock=clock)
    for answer in shop.handle_all(LAMPS_RUN_OUT):
        assert answer.error is None
    yield shop
    shop.close()
