"""A mail that failed while the clock was ahead goes out soon after the clock is right again."""

import asyncio
from datetime import timedelta

import pytest

from allocation.bootstrap import Application, bootstrap
from allocation.config import Settings
from allocation.messaging.retry import LONGEST_DELAY
from tests.support.clock import VirtualClock
from tests.support.ledger import read_ledger
from tests.support.mail import MailServer
from tests.support.workers import at_work

YEARS = timedelta(days=1700)


@pytest.fixture
def clock() -> VirtualClock:
    clock = VirtualClock()
    clock.now += YEARS
    return clock


def test_a_mail_due_years_ahead_and_never_tried_is_sent_by_commands(
    shop: Application, settings: Settings, mail_server: MailServer, clock: VirtualClock
) -> None:
    """Each is a process of its own, and looks once."""
    shop.close()
    clock.now -= YEARS
    with mail_server.up() as inbox:
        for expected in (0, 1):
            command = bootstrap(settings, clock=clock)
            assert command.relay.run() == expected
            command.close()
            clock.now += LONGEST_DELAY
    assert len(inbox.mails) == 1


async def test_a_server_without_retention_corrects_mails_due_years_ahead(
    shop: Application, settings: Settings, clock: VirtualClock
) -> None:
    clock.now -= YEARS
    async with at_work(shop.worker()):
        while mail_due(settings) != clock.now + LONGEST_DELAY:
            await asyncio.sleep(0.01)


def mail_due(settings: Settings) -> object:
    (mail,) = read_ledger(settings.database_url).with_status("outgoing")
    return mail["due"]
