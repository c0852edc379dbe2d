"""Processors, of the notebook and of stock."""

from dataclasses import dataclass, field

from allocation.domain.errors import Refusal
from allocation.messaging.bus import MessageBus
from allocation.messaging.group import MAX_DEPTH, ProcessorConfig
from allocation.messaging.log import Answer, Envelope
from allocation.messaging.ports import Store
from allocation.messaging.processor import Processor
from allocation.messaging.registry import Registry
from allocation.messaging.retry import Backoff, RetryPolicy
from allocation.service_layer import messagebus
from tests.support import toy_domain
from tests.support.clock import Ids, VirtualClock
from tests.support.toy_store import ToyStore

BOUND = 256
AT_ONCE = RetryPolicy(sleep=lambda _: None)
"""Tries again without a pause."""

EVENLY = Backoff(max_attempts=15, jitter=lambda: 1.0)
"""Pauses to the second, and soon given up."""

EVERY_TIME = len(AT_ONCE.delays) + 1
"""As often as an attempt is made before it is given up."""


def a_processor(
    store: Store,
    registry: Registry,
    refusal: type[Exception],
    *,
    clock: VirtualClock,
    max_group_size: int = BOUND,
    new_id: Ids | None = None,
    retries: RetryPolicy = AT_ONCE,
    max_depth: int = MAX_DEPTH,
) -> Processor:
    """A processor of any domain."""
    config = ProcessorConfig(
        registry,
        MessageBus(registry.transactional),
        (refusal,),
        clock,
        new_id or Ids(),
        max_group_size=max_group_size,
        backoff=EVENLY,
        retries=retries,
        max_depth=max_depth,
    )
    return Processor(store, config)


def a_stock_processor(
    store: Store,
    clock: VirtualClock | None = None,
    max_group_size: int = BOUND,
    ids: Ids | None = None,
    retries: RetryPolicy = AT_ONCE,
) -> Processor:
    """A processor of this application's messages."""
    return a_processor(
        store,
        messagebus.REGISTRY,
        Refusal,
        clock=clock or VirtualClock(),
        max_group_size=max_group_size,
        new_id=ids,
        retries=retries,
    )


@dataclass
class ToyHarness:
    """A notebook's store, and processors that work on it."""

    max_group_size: int = BOUND
    store: ToyStore = field(default_factory=ToyStore)
    clock: VirtualClock = field(default_factory=VirtualClock)
    ids: Ids = field(default_factory=Ids)
    max_depth: int = MAX_DEPTH
    registry: Registry = toy_domain.REGISTRY
    retries: RetryPolicy = AT_ONCE

    def __post_init__(self) -> None:
        self.processor = self.started_anew()

    def started_anew(self) -> Processor:
        """The processor of a process that has just been started."""
        return a_processor(
            self.store,
            self.registry,
            toy_domain.Illegible,
            clock=self.clock,
            max_group_size=self.max_group_size,
            new_id=self.ids,
            retries=self.retries,
            max_depth=self.max_depth,
        )

    def envelope(self, message: object, id: str | None = None) -> Envelope:
        """Around a message from outside."""
        return self.processor.envelope(message, id)

    def process(self, *messages: object) -> list[Answer]:
        """Have them handled; envelopes as they are, others with a new id."""
        return self.processor.process(
            [m if isinstance(m, Envelope) else self.envelope(m) for m in messages]
        )
