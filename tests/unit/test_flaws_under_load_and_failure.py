"""The flaws of the chapter's code, nine to eleven, each shown not to be ours."""

from datetime import timedelta

import pytest

from allocation.adapters import email
from allocation.adapters.memory.store import MemoryUnitOfWork
from allocation.config import EmailSettings, SmtpServer, addresses
from allocation.domain import events
from allocation.domain.events import OutOfStock
from allocation.messaging.deliveries import Destination
from allocation.messaging.log import Entry, Status
from allocation.messaging.outbox import OutboxRelay
from allocation.service_layer import messagebus
from allocation.service_layer.handlers import send_out_of_stock_notification
from tests.support.builders import (
    SKU,
    a_batch_created,
    a_new_quantity,
    an_allocation,
    batchref_of,
    given,
    queue_of,
)
from tests.support.clock import VirtualClock
from tests.support.failing_store import FailingStore
from tests.support.mail import MailServer
from tests.support.processors import EVENLY, a_stock_processor
from tests.support.shop import a_shop, batchrefs, product_in


class TestFlaw09:
    def test_flaw_09_many_callers_on_one_sku_all_get_an_answer_and_none_an_error(self) -> None:
        memory = a_shop(a_batch_created(qty=60))
        processor = a_stock_processor(FailingStore(memory), max_group_size=16)
        callers = [processor.envelope(an_allocation(f"caller-{n}", 1)) for n in range(200)]
        answers = processor.process(callers)
        assert [answer.result for answer in answers] == ["batch-1"] * 60 + [None] * 140
        assert len(queue_of(product_in(memory))) == 140

    def test_flaw_09_who_is_overtaken_by_another_process_does_not_notice(self) -> None:
        memory = a_shop(a_batch_created(qty=60))
        store = FailingStore(memory)
        others = [f"other-{n}" for n in range(5)]

        def another_process() -> None:
            if others:
                given(MemoryUnitOfWork(memory), an_allocation(others.pop(), 10))

        store.overtaken = another_process
        processor = a_stock_processor(store)
        answers = processor.process(
            processor.envelope(an_allocation(f"caller-{n}", 10)) for n in range(2)
        )
        assert [answer.result for answer in answers] == ["batch-1", None]
        assert product_in(memory).batches[0].available_quantity == 0


class TestFlaw10:
    def test_flaw_10_one_failing_handler_does_not_drop_the_rest_of_the_queue(self) -> None:
        def break_down(event: events.OutOfStock, _: object) -> None:
            raise RuntimeError(event.sku)

        bus = messagebus.MessageBus({**messagebus.HANDLERS, events.OutOfStock: [break_down]})
        uow = MemoryUnitOfWork()
        history = [
            a_batch_created(qty=20),
            an_allocation("order-1", 20),
            an_allocation("order-2", 5),
        ]
        for event in history[:2]:
            bus.handle(event, uow)
        with pytest.raises(RuntimeError):
            bus.handle(history[2], uow)
        with pytest.raises(RuntimeError):  # order-1 fits no more; order-2 does
            bus.handle(a_new_quantity(10), uow)
        with uow:
            product = uow.products.get(SKU)
        assert product is not None
        assert queue_of(product) == ["order-1"]
        assert batchref_of(product, "order-2") == "batch-1"

    def test_flaw_10_one_refused_message_does_not_drop_the_others_of_its_group(self) -> None:
        memory = a_shop(a_batch_created(qty=20))
        processor = a_stock_processor(FailingStore(memory))
        messages = [an_allocation("a"), an_allocation("b", sku="UNKNOWN"), an_allocation("c")]
        answers = processor.process(processor.envelope(message) for message in messages)
        assert [answer.error is None for answer in answers] == [True, False, True]
        assert [e.status for e in memory.entries.values()].count(Status.REFUSED) == 1
        assert batchrefs(memory, "a", "c") == ["batch-1", "batch-1"]


@pytest.fixture
def mail_server() -> MailServer:
    """Where mail is to go; it is down."""
    return MailServer()


class Shop:
    """A shop that has sold out: a mail is to be sent."""

    def __init__(self, server: MailServer) -> None:
        mailer = email.Mailer(
            EmailSettings(SmtpServer("127.0.0.1", server.port), addresses.parse("a@b.c"))
        )
        self.clock, self.store = VirtualClock(), FailingStore()
        self.processor = a_stock_processor(self.store, self.clock)
        self.relay = OutboxRelay(
            self.store,
            [Destination("mail", {OutOfStock: mailer.handler(send_out_of_stock_notification)})],
            clock=self.clock,
            backoff=EVENLY,
        )
        messages = [a_batch_created(qty=1), an_allocation("order-1", 10)]
        self.answers = self.processor.process(map(self.processor.envelope, messages))

    def mail(self) -> Entry:
        """Its entry in the log."""
        [entry] = [
            entry
            for entry in self.store.memory.entries.values()
            if entry.envelope.message == OutOfStock(SKU)
        ]
        return entry


class TestWhileTheMailServerIsDown:
    def test_flaw_11_the_request_succeeds_and_does_not_even_try_to_send(
        self, mail_server: MailServer
    ) -> None:
        shop = Shop(mail_server)
        assert [answer.result for answer in shop.answers] == ["batch-1", None]
        assert (shop.mail().status, shop.mail().attempts) == (Status.OUTGOING, 0)

    def test_flaw_11_the_mail_is_kept_and_tried_again_later_and_later(
        self, mail_server: MailServer
    ) -> None:
        shop = Shop(mail_server)
        pauses = []
        for _ in range(4):
            shop.relay.run()
            due = shop.mail().due
            assert due is not None
            pauses.append(due - shop.clock.now)
            shop.clock.now = due
        assert pauses == [timedelta(seconds=seconds) for seconds in (1, 2, 4, 8)]
        assert shop.mail().status is Status.OUTGOING
        assert "ConnectionRefusedError" in (shop.mail().error or "")


def test_flaw_11_the_mail_is_sent_once_when_the_server_is_back(mail_server: MailServer) -> None:
    shop = Shop(mail_server)
    shop.relay.run()
    shop.clock.go_on(seconds=1)
    with mail_server.up() as inbox:
        assert shop.relay.run() == 1
        assert shop.relay.run() == 0
    assert [mail["Subject"] for mail in inbox.mails] == [f"Out of stock for {SKU}"]
    assert shop.mail().status is Status.HANDLED
