"""A mail server for every test, and settings that name it."""

import pytest

from allocation.config import Settings
from tests.support.mail import MailServer


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
