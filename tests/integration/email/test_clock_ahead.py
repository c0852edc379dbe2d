"""A mail that failed while the clock was ahead goes out soon after the clock is right again."""

import asyncio
from datetime import timedelta

from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated
from allocation.messaging.retry import LONGEST_DELAY
from tests.support.clock import VirtualClock
from tests.support.ledger import read_ledger
from tests.support.mail import MailServer
from tests.support.workers import at_work

YEARS = timedelta(days=1700)


def test_a_mail_due_years_ahead_is_sent_with_those_behind_it(
    settings: Settings, mail_server: MailServer
) -> None:
    clock = VirtualClock()
    shop = bootstrap(settings, clock=clock)
    right = clock.now
    clock.now += YEARS
    shop.handle_all([BatchCreated("b1", "LAMP", 1), AllocationRequired("o1", "LAMP", 5)])
    assert shop.relay.run() == 0  # the server is down
    clock.now = right
    shop.handle_all([BatchCreated("b2", "LAMP", 9), AllocationRequired("o2", "LAMP", 9)])

    with mail_server.up() as inbox:
        assert shop.relay.run() == 0
        clock.now += LONGEST_DELAY
        assert shop.relay.run() == len(inbox.mails)
        assert len(inbox.mails) >= 1
        assert read_ledger(settings.database_url).with_status("outgoing") == []
    shop.close()


def test_a_mail_due_years_ahead_and_never_tried_is_sent_by_commands(
    settings: Settings, mail_server: MailServer
) -> None:
    """Each is a process of its own, and looks once."""
    clock = VirtualClock()
    clock.now += YEARS
    shop = bootstrap(settings, clock=clock)
    shop.handle_all([BatchCreated("b1", "LAMP", 1), AllocationRequired("o1", "LAMP", 5)])
    shop.close()
    clock.now -= YEARS
    with mail_server.up() as inbox:
        for expected in (0, 1):
            command = bootstrap(settings, clock=clock)
            assert command.relay.run() == expected
            command.close()
            clock.now += LONGEST_DELAY
    assert len(inbox.mails) == 1


def test_a_server_without_retention_corrects_mails_due_years_ahead(
    settings: Settings, mail_server: MailServer
) -> None:
    clock = VirtualClock()
    clock.now += YEARS
    shop = bootstrap(settings, clock=clock)
    shop.handle_all([BatchCreated("b1", "LAMP", 1), AllocationRequired("o1", "LAMP", 5)])
    clock.now -= YEARS

    async def serve() -> None:
        async with at_work(shop.worker()):
            for _ in range(1000):
                (mail,) = read_ledger(settings.database_url).with_status("outgoing")
                if mail["due"] == clock.now + LONGEST_DELAY:
                    return
                await asyncio.sleep(0.01)
        raise AssertionError("it is not put right")

    asyncio.run(serve())
    shop.close()
