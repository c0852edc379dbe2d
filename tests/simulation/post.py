"""Where mail arrives."""

from collections.abc import Callable
from dataclasses import dataclass, field

from allocation.domain.events import OutOfStock
from allocation.messaging.log import in_hand
from tests.simulation.faults import Faults


@dataclass
class PostOffice:
    """Keeps what arrived, by the ids of the messages, as often as it did."""

    faults: Faults
    arrived: list[tuple[str, str]] = field(default_factory=list)
    """The sku, and the id."""

    def postman(self, pass_by: Callable[[str], None]) -> Callable[[OutOfStock, object], None]:
        """The handler of one process."""

        def send(event: OutOfStock, _: object) -> None:
            pass_by("send")
            self.faults.unsent_at("send")
            carried = in_hand.get()
            assert carried is not None
            self.arrived.append((event.sku, carried.envelope.id))
            self.faults.unsent_at("send's end")
            pass_by("send's end")

        return send
