"""A simulated process: the real machinery on a store that fails; it may die anywhere."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allocation.domain.errors import Refusal
from allocation.messaging.bus import Handler, MessageBus
from allocation.messaging.dead_letters import DeadLetters
from allocation.messaging.deliveries import Destination
from allocation.messaging.digests import Digest
from allocation.messaging.group import ProcessorConfig
from allocation.messaging.log import Clock, NewId
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.processor import Processor
from allocation.messaging.retry import Backoff, RetryPolicy
from allocation.messaging.worker import Worker
from allocation.service_layer.messagebus import REGISTRY
from tests.chaos.simulation.faults import Faults, Killed
from tests.chaos.simulation.mail_server import UnreliableMailServer
from tests.chaos.simulation.places import Place
from tests.chaos.simulation.store import Hooks, StruckStore


@dataclass(frozen=True)
class Surroundings:
    """What all processes share."""

    place: Place
    faults: Faults
    mail_server: UnreliableMailServer
    clock: Clock
    new_id: NewId
    retries: RetryPolicy
    backoff: Backoff
    max_group_size: int
    overtake: Callable[[], None]
    """Gives somebody else the chance to commit first."""
    linger: Callable[[], None]
    """Lets others go on while the store is waited for."""
    sleep: Callable[[float], None]


class Process:
    """A process; after its death, code that still runs in it dies at its next step."""

    def __init__(self, name: str, around: Surroundings) -> None:
        self.name = name
        self.died: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._around = around
        hooks = Hooks(around.faults, self._pass_by, around.overtake, around.linger)
        self._store = StruckStore(around.place.store(around.sleep), hooks)
        inside = {
            kind: [self._breaking(handler) for handler in handlers]
            for kind, handlers in REGISTRY.transactional.items()
        }
        config = ProcessorConfig(
            REGISTRY,
            MessageBus(inside),
            (Refusal,),
            around.clock,
            around.new_id,
            around.max_group_size,
            around.backoff,
            around.retries,
        )
        self.processor = Processor(self._store, config)
        self.relay = OutboxRelay(
            self._store,
            [Destination("mail", {Digest: around.mail_server.handler(self._pass_by)})],
            clock=around.clock,
            backoff=around.backoff,
            lease=timedelta(seconds=5),
            retries=around.retries,
            audiences=set(REGISTRY.audiences.values()),
            new_id=around.new_id,
        )
        self.dead_letters = DeadLetters(
            self._store, REGISTRY, around.clock, around.new_id, around.retries
        )

    def worker(self) -> Worker:
        """The worker that serves callers."""
        return Worker(self.processor, self.relay, capacity=8)

    def _pass_by(self, place: str) -> None:
        if self.died.done():
            raise Killed
        faults = self._around.faults
        faults.error_at(f"{place} in {self.name}")
        if faults.strikes(faults.kills):
            faults.tell(f"{self.name} is killed at {place}")
            self.died.set_result(None)
            raise Killed

    def _breaking(self, handler: Handler) -> Handler:
        def handle(event: Any, uow: Any) -> object:
            self._around.faults.broken_at(f"handler of {event}")
            result = handler(event, uow)
            self._around.faults.broken_at(f"handler's end of {event}")
            return result

        return handle


def clock_from(start: datetime, seconds: Callable[[], float]) -> Clock:
    """The time, in a world in which it began then."""
    return lambda: start + timedelta(seconds=seconds())
