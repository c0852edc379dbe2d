"""The simulation: sends the messages of the shop's year to the worker of a server."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from allocation.bootstrap import Answer, Application, Worker
from allocation.demo.schedule import Dispatch, Leak, Midnight, Scheduled
from allocation.domain.events import BatchQuantityChanged, Event, OrderLineShipped
from allocation.entrypoints.cli.demo.simulated_clock import SimulatedClock
from allocation.errors import Fatal, Stopping
from allocation.views import BatchDetails
from allocation.views.lists.batches import BATCHES
from allocation.views.lists.listing import MOST_LISTED
from allocation.views.lists.unshipped import UNSHIPPED

logger = logging.getLogger(__name__)

_LEAKY: Final = 10
"""Batches of which one may lose units: those from which the most units are promised."""

OnAnswer = Callable[[Scheduled, Event, Answer], None]
"""Called in a thread with each event that was sent, its schedule entry, and its answer."""


@dataclass(frozen=True)
class Simulation:
    """Sends what is `scheduled` to a worker, each message at its time by the `clock`.

    `clock` is that of the application, too.
    """

    application: Application
    clock: SimulatedClock
    scheduled: Iterable[Scheduled]
    on_answer: OnAnswer
    on_end: Callable[[], None]

    async def run(self, worker: Worker) -> None:
        """Send everything, unless the worker stops before the end.

        What is refused, because somebody else has changed the stock meanwhile, is left out. An
        error is logged; it ends the simulation, but not the server.
        """
        try:
            for each in self.scheduled:
                await self.clock.reach(each.at)
                await self._act(each, worker)
            self.on_end()
        except (Stopping, Fatal):  # the server reports why
            return
        except Exception:
            logger.exception("the simulation has failed")

    async def _act(self, each: Scheduled, worker: Worker) -> None:
        if isinstance(each.action, Midnight):
            async for _ in worker.each(self.application.overdue.report_once_a_day()):
                pass
            return
        for event in await asyncio.to_thread(events_of, each.action, self.application):
            answer = await worker.submit(event, sender=each.sender)
            await asyncio.to_thread(self.on_answer, each, event, answer)


def events_of(action: Event | Dispatch | Leak, application: Application) -> Sequence[Event]:
    """The events that an action comes to, given the stock at this moment."""
    match action:
        case Dispatch(days=days):
            return _shipments(application, days)
        case Leak():
            return _damage(application, action)
        case _:
            return [action]


def _shipments(application: Application, days: int) -> list[Event]:
    lists, today = application.views.lists, application.today()
    page = lists.page(UNSHIPPED, today, {"days": str(days)}, limit=MOST_LISTED)
    return [
        OrderLineShipped(line.orderid, line.sku, line.qty, line.batchref, line=line.line)
        for line in page.rows
    ]


def _damage(application: Application, leak: Leak) -> list[Event]:
    batches = _promised_stock(application)
    if not batches:
        return []
    batch = batches[int(leak.choice * len(batches))]
    left = batch.allocated_quantity - ceil(batch.allocated_quantity * leak.share)
    return [BatchQuantityChanged(batch.batchref, left, leak.reason)]


def _promised_stock(application: Application) -> list[BatchDetails]:
    """The batches in the warehouse with the most allocated units."""
    filters = {"in_stock": "true", "status": "available"}
    lists, today = application.views.lists, application.today()
    page = lists.page(BATCHES, today, filters, sort="ref", limit=MOST_LISTED)
    promised = [batch for batch in page.rows if batch.allocated_quantity]
    return sorted(promised, key=lambda batch: -batch.allocated_quantity)[:_LEAKY]
