"""A mail that failed while the clock was ahead goes out when the clock is right again."""

from datetime import timedelta

from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated
from tests.support.clock import VirtualClock
from tests.support.ledger import read_ledger
from tests.support.mail import MailServer


def test_neither_it_nor_the_later_ones_of_its_sku_wait_for_years(
    settings: Settings, mail_server: MailServer
) -> None:
    clock = VirtualClock()
    shop = bootstrap(settings, clock=clock)
    right = clock.now
    clock.now += timedelta(days=1700)
    shop.handle_all([BatchCreated("b1", "LAMP", 1), AllocationRequired("o1", "LAMP", 5)])
    assert shop.relay.run() == 0  # the server is down
    clock.now = right
    shop.handle_all([BatchCreated("b2", "LAMP", 9), AllocationRequired("o2", "LAMP", 9)])

    with mail_server.up() as inbox:
        assert shop.relay.run() == len(inbox.mails)
        assert len(inbox.mails) >= 1
        assert read_ledger(settings.database_url).with_fate("outgoing") == []
    shop.close()


def test_nor_does_one_that_nobody_has_tried(settings: Settings, mail_server: MailServer) -> None:
    clock = VirtualClock()
    shop = bootstrap(settings, clock=clock)
    clock.now += timedelta(days=1700)
    shop.handle_all([BatchCreated("b1", "LAMP", 1), AllocationRequired("o1", "LAMP", 5)])
    clock.now -= timedelta(days=1700)
    with mail_server.up() as inbox:
        assert shop.relay.run() == 1
    assert len(inbox.mails) == 1
    shop.close()
