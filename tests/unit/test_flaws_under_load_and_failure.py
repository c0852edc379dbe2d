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


def test_flaw_11_a_request_succeeds_without_the_mail_server_and_the_mail_is_sent_later() -> None:
    server, clock, store = MailServer(), VirtualClock(), FailingStore()
    mailer = email.Mailer(
        EmailSettings(SmtpServer("127.0.0.1", server.port), addresses.parse("a@b.c"))
    )
    destination = Destination("mail", {OutOfStock: mailer.handler(send_out_of_stock_notification)})
    relay = OutboxRelay(store, [destination], clock=clock, backoff=EVENLY)
    processor = a_stock_processor(store, clock)

    def mail() -> Entry:
        [mail] = [e for e in store.memory.entries.values() if e.envelope.message == OutOfStock(SKU)]
        return mail

    messages = [a_batch_created(qty=1), an_allocation("order-1", 10)]
    answers = processor.process(map(processor.envelope, messages))
    assert [answer.result for answer in answers] == ["batch-1", None]
    assert (mail().status, mail().attempts) == (Status.OUTGOING, 0), "nobody has waited for it"

    for pause in (1, 2, 4, 8):
        assert relay.run() == 0
        assert mail().due == clock.now + timedelta(seconds=pause)
        clock.go_on(seconds=pause)
    assert mail().status is Status.OUTGOING
    assert "ConnectionRefusedError" in (mail().error or "")

    with server.up() as inbox:
        assert (relay.run(), relay.run()) == (1, 0)
    assert [one["Subject"] for one in inbox.mails] == [f"Out of stock for {SKU}"]
    assert mail().status is Status.HANDLED
