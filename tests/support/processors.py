"""Processors, of the notebook and of stock."""

from dataclasses import dataclass, field

from allocation.domain.errors import Refusal
from allocation.messaging.backoff import Backoff
from allocation.messaging.bus import MessageBus
from allocation.messaging.catalogue import Catalogue
from allocation.messaging.envelope import Envelope
from allocation.messaging.group import Rules
from allocation.messaging.log import Answer
from allocation.messaging.ports import Store
from allocation.messaging.processor import Processor
from allocation.messaging.retries import Retries
from allocation.service_layer import messagebus
from tests.support import notebook
from tests.support.clock import Ids, VirtualClock
from tests.support.notebook_store import NotebookStore

BOUND = 256
AT_ONCE = Retries(sleep=lambda _: None)
"""Tries again without a pause."""

EVENLY = Backoff(limit=15, chance=lambda: 1.0)
"""Pauses to the second, and soon given up."""

EVERY_TIME = len(AT_ONCE.pauses) + 1
"""As often as an attempt is made before it is given up."""


def a_processor(
    store: Store,
    catalogue: Catalogue,
    refusal: type[Exception],
    *,
    clock: VirtualClock,
    bound: int = BOUND,
    new_id: Ids | None = None,
    retries: Retries = AT_ONCE,
) -> Processor:
    """A processor of any domain."""
    rules = Rules(
        catalogue,
        MessageBus(catalogue.inside),
        (refusal,),
        clock,
        new_id or Ids(),
        bound=bound,
        backoff=EVENLY,
        retries=retries,
    )
    return Processor(store, rules)


def a_stock_processor(
    store: Store,
    clock: VirtualClock | None = None,
    bound: int = BOUND,
    ids: Ids | None = None,
    retries: Retries = AT_ONCE,
) -> Processor:
    """A processor of this application's messages."""
    return a_processor(
        store,
        messagebus.CATALOGUE,
        Refusal,
        clock=clock or VirtualClock(),
        bound=bound,
        new_id=ids,
        retries=retries,
    )


@dataclass
class NotebookOffice:
    """A notebook's store, and processors that work on it."""

    bound: int = BOUND
    store: NotebookStore = field(default_factory=NotebookStore)
    clock: VirtualClock = field(default_factory=VirtualClock)
    ids: Ids = field(default_factory=Ids)

    def __post_init__(self) -> None:
        self.processor = self.started_anew()

    def started_anew(self) -> Processor:
        """The processor of a process that has just been started."""
        return a_processor(
            self.store,
            notebook.CATALOGUE,
            notebook.Illegible,
            clock=self.clock,
            bound=self.bound,
            new_id=self.ids,
        )

    def envelope(self, message: object, id: str | None = None) -> Envelope:
        """Around a message from outside."""
        return self.processor.envelope(message, id)

    def process(self, *messages: object) -> list[Answer]:
        """Have them handled; envelopes as they are, others with a new id."""
        return self.processor.process(
            [m if isinstance(m, Envelope) else self.envelope(m) for m in messages]
        )
