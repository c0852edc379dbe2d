"""The chapter's optional listings in a form that works: one handler at a time.

The printed fake overrides `publish_events`, which the chapter has renamed by then; the
method that the bus calls is `collect_new_events`.
"""
# mypy: ignore-errors
# ruff: noqa: RUF012
# fmt: off
# All because the listings stay as close to the printed ones as they can.

from datetime import date

from allocation.domain import events
from allocation.service_layer import messagebus
from tests.unit.chapter.test_handlers import FakeUnitOfWork


class FakeUnitOfWorkWithFakeMessageBus(FakeUnitOfWork):
    def __init__(self):
        super().__init__()
        self.events_published = []  # type: list[events.Event]

    def collect_new_events(self):
        for product in self.products.seen:
            while product.events:
                self.events_published.append(product.events.pop(0))
        return []


def event_history():
    return [
        events.BatchCreated("batch1", "INDIFFERENT-TABLE", 50, None),
        events.BatchCreated("batch2", "INDIFFERENT-TABLE", 50, date.today()),
        events.AllocationRequired("order1", "INDIFFERENT-TABLE", 20),
        events.AllocationRequired("order2", "INDIFFERENT-TABLE", 20),
    ]


def assert_is_the_only_reallocation(events_published):
    [reallocation_event] = events_published
    assert isinstance(reallocation_event, events.AllocationRequired)
    assert reallocation_event.orderid in {"order1", "order2"}
    assert reallocation_event.sku == "INDIFFERENT-TABLE"


def assert_is_not_yet_reallocated(uow):
    [batch1, batch2] = uow.products.get(sku="INDIFFERENT-TABLE").batches
    assert batch1.available_quantity == 5
    assert batch2.available_quantity == 50


def test_reallocates_if_necessary_isolated():
    uow = FakeUnitOfWorkWithFakeMessageBus()
    for e in event_history():
        messagebus.handle(e, uow)
    [batch1, batch2] = uow.products.get(sku="INDIFFERENT-TABLE").batches
    assert batch1.available_quantity == 10
    assert batch2.available_quantity == 50
    uow.events_published.clear()  # by now `allocate` publishes, too: `Allocated`

    messagebus.handle(events.BatchQuantityChanged("batch1", 25), uow)

    # assert on new events emitted rather than downstream side-effects
    assert_is_the_only_reallocation(uow.events_published)
    assert_is_not_yet_reallocated(uow)


def test_reallocates_if_necessary_isolated_with_a_fake_message_bus():
    uow = FakeUnitOfWork()
    for e in event_history():
        messagebus.handle(e, uow)
    bus = messagebus.FakeMessageBus()

    bus.handle(events.BatchQuantityChanged("batch1", 25), uow)

    assert_is_the_only_reallocation(bus.events_published)
    assert_is_not_yet_reallocated(uow)


class TestTheBusAsAClass:
    """The exercise for the reader."""

    def test_the_real_one_sees_the_whole_flow_through(self):
        uow = FakeUnitOfWork()
        bus = messagebus.MessageBus()
        for e in event_history():
            bus.handle(e, uow)

        bus.handle(events.BatchQuantityChanged("batch1", 25), uow)

        [batch1, batch2] = uow.products.get(sku="INDIFFERENT-TABLE").batches
        assert (batch1.available_quantity, batch2.available_quantity) == (5, 30)

    def test_the_real_one_is_what_the_function_uses(self):
        assert messagebus.MessageBus().handlers is messagebus.HANDLERS

    def test_a_subclass_brings_its_own_table(self):
        handled = []

        class TellingBus(messagebus.AbstractMessageBus):
            HANDLERS = {events.OutOfStock: [lambda e, uow: handled.append(e)]}

        TellingBus().handle(events.OutOfStock("LAMP"), FakeUnitOfWork())

        assert handled == [events.OutOfStock("LAMP")]

    def test_a_fake_may_replace_the_handlers_of_one_object(self):
        handled = []
        bus = messagebus.FakeMessageBus()
        bus.handlers = {events.OutOfStock: [lambda e, uow: handled.append(e)]}

        bus.handle(events.OutOfStock("LAMP"), FakeUnitOfWork())

        assert handled == [events.OutOfStock("LAMP")]
        assert messagebus.FakeMessageBus().handlers is messagebus.HANDLERS
