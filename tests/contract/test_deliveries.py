"""Dead letters among the deliveries of one ordering key, wherever the log is stored."""

from typing import Final

import pytest

from allocation.domain.events import OutOfStock
from allocation.messaging.dead_letters import DeadLetters
from allocation.messaging.deliveries import Delivery, Destination
from allocation.messaging.log import Status
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.ports import Store
from allocation.messaging.registry import MessageType, Registry
from allocation.service_layer.needs import sku_keys
from tests.support.clock import Ids, VirtualClock
from tests.support.groups import NOW, an_entry, find, write
from tests.support.processors import AT_ONCE, EVENLY

DELIVERED: Final = Registry(
    MessageType(OutOfStock, "OutOfStock", keys=sku_keys, destinations={"mail": print})
)
"""A registry in which the message itself is delivered, without a digest."""


class Mailbox:
    """A destination that is out of order until a test opens it."""

    def __init__(self, store: Store) -> None:
        self.clock = VirtualClock()
        self.clock.now = NOW
        self.is_open = True
        self.ids: list[str] = []
        self.store = store
        destination = Destination("mail", {OutOfStock: self._deliver})
        self.relay = OutboxRelay(
            store, [destination], clock=self.clock, backoff=EVENLY, retries=AT_ONCE
        )
        self.dead_letters = DeadLetters(store, DELIVERED, self.clock, Ids(), AT_ONCE)

    def add(self, id: str, sku: str = "LAMP") -> None:
        """A mail that is to be delivered."""
        write(self.store, an_entry(OutOfStock(sku), id, Status.OUTGOING))

    def status(self, id: str) -> Status:
        """As it is on record."""
        entry = find(self.store, id)
        assert entry is not None
        return entry.status

    def fail_until_dead(self, id: str) -> None:
        """All attempts are made, in vain."""
        self.is_open = False
        while self.status(id) is not Status.DEAD:
            self.relay.run(1)
            self.clock.go_on(seconds=EVENLY.maximum.total_seconds())
        self.is_open = True

    def _deliver(self, _: OutOfStock, delivery: Delivery) -> None:
        if not self.is_open:
            raise OSError("no road")
        self.ids.append(delivery.id)


@pytest.fixture
def mailbox(store: Store) -> Mailbox:
    return Mailbox(store)


def test_later_deliveries_of_a_key_pass_a_dead_letter_which_keeps_its_place_when_replayed(
    mailbox: Mailbox,
) -> None:
    mailbox.add("mail-1")
    mailbox.add("mail-2")
    mailbox.fail_until_dead("mail-1")
    assert mailbox.relay.run() == 1
    mailbox.add("mail-3")
    mailbox.dead_letters.replay("mail-1")
    assert [delivery.id for delivery in mailbox.relay.claim(2)] == ["mail-1"]
    mailbox.clock.go_on(seconds=120)
    mailbox.relay.run()
    assert mailbox.ids == ["mail-2", "mail-1", "mail-3"]
