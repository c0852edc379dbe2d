"""The mail server of a history."""

from collections.abc import Callable
from dataclasses import dataclass, field

from allocation.domain.events import OutOfStock
from allocation.messaging.log import current_entry
from tests.chaos.simulation.faults import Faults


@dataclass
class UnreliableMailServer:
    """Stores each mail that arrives, as often as it does."""

    faults: Faults
    arrived: list[tuple[str, str]] = field(default_factory=list)
    """The sku, and the id."""

    def handler(self, pass_by: Callable[[str], None]) -> Callable[[OutOfStock, object], None]:
        """The handler of one process."""

        def send(event: OutOfStock, _: object) -> None:
            pass_by("send")
            self.faults.unsent_at("send")
            delivered = current_entry.get()
            assert delivered is not None
            self.arrived.append((event.sku, delivered.envelope.id))
            self.faults.unsent_at("send's end")
            pass_by("send's end")

        return send
