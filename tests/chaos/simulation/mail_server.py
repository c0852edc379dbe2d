"""The mail server of a history."""

from collections.abc import Callable
from dataclasses import dataclass, field

from allocation.messaging.deliveries import Delivery, DeliveryHandler
from allocation.messaging.digests import Digest
from tests.chaos.simulation.faults import Faults


@dataclass
class UnreliableMailServer:
    """Stores each mail that arrives, as often as it does."""

    faults: Faults
    arrived: list[str] = field(default_factory=list)
    """The ids of the deliveries."""

    def handler(self, pass_by: Callable[[str], None]) -> DeliveryHandler:
        """The handler of one process."""

        def send(_digest: Digest, delivery: Delivery) -> None:
            pass_by("send")
            self.faults.unsent_at("send")
            self.arrived.append(delivery.id)
            self.faults.unsent_at("send's end")
            pass_by("send's end")

        return send
