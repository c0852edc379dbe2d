"""The rounds: what a process sees to again and again, whether somebody asks or not."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import suppress
from functools import partial
from typing import Final

from allocation.messaging.errors import StoreUnavailable
from allocation.messaging.group import ENDING
from allocation.messaging.log import Fate
from allocation.messaging.outage import Outage
from allocation.messaging.relay import Relay
from allocation.messaging.weaving import in_thread
from allocation.messaging.writer import Writer

logger = logging.getLogger(__name__)

LOOK_AGAIN: Final = 1.0
"""Seconds between looks for unfinished messages that have become due."""

TIDY_AGAIN: Final = 60.0
"""Seconds between the end of the chores and their next beginning."""

UPKEEP_AFTER: Final = 0.1
"""Seconds after a group at which the upkeep begins, also for the groups written meanwhile."""

Chores = Callable[[], Iterator[object]]
"""Work on the store that can wait, begun anew; every step is soon done."""

Upkeep = Callable[[], None]
"""Work that the store is glad of when something has been written; it keeps no writer waiting."""


class Rounds:
    """Carries outside what is due, in a thread, since a mail server may take its time.

    Where there is something PENDING that is due, `go_on` is called: it is the worker's. The
    chores are done step by step, between the groups; the upkeep in a thread, beside them.
    """

    def __init__(
        self,
        relay: Relay,
        writer: Writer,
        go_on: Callable[[], None],
        chores: Chores | None,
        upkeep: Upkeep | None,
        outage: Outage,
    ) -> None:
        self._outage = outage
        self._relay = relay
        self._writer = writer
        self._go_on = go_on
        self._chores = chores
        self._upkeep = upkeep
        self._written = asyncio.Event()
        self._raised = asyncio.Event()
        self._stopped = asyncio.Event()

    def look(self) -> None:
        """Look at once for unfinished messages that have become due."""
        self._raised.set()

    def stop(self) -> None:
        """Come to an end; what is to go outside stays in the log."""
        self._stopped.set()
        self._raised.set()
        self._written.set()

    def note_a_group(self) -> None:
        """A group has been written."""
        self._written.set()

    async def see_to_what_is_due(self) -> None:
        """Until it is stopped; trouble is looked at again."""
        while not self._stopped.is_set():
            await _happens(self._raised, within=LOOK_AGAIN)
            self._raised.clear()
            await self._at_least_later(self._finish_what_is_due, "what is due is looked at again")

    async def tidy(self) -> None:
        """Until it is stopped; what fails is begun anew the next time."""
        if self._chores is None:
            return
        act = partial(self._do_the_chores, self._chores)
        while not self._stopped.is_set():
            await self._at_least_later(act, "the chores are done")
            await _happens(self._stopped, within=TIDY_AGAIN)

    async def keep_up(self) -> None:
        """Until it is stopped: after something has been written, and all that comes meanwhile."""
        if self._upkeep is None:
            return
        act = partial(in_thread, self._upkeep)
        while not self._stopped.is_set():
            await self._written.wait()
            await _happens(self._stopped, within=UPKEEP_AFTER)
            self._written.clear()
            await self._at_least_later(act, "the upkeep of the store is done")

    async def _finish_what_is_due(self) -> None:
        while Fate.OUTGOING in await self._due() and not self._stopped.is_set():
            claimed = await self._writer.do(self._relay.claim)
            if claimed is None:  # somebody else was faster
                return
            carried = await in_thread(partial(self._relay.carry, claimed))
            await self._writer.do(partial(self._relay.settle, carried))

    async def _due(self) -> Collection[Fate]:
        """What is PENDING does not wait until all that is OUTGOING has been carried."""
        due = await self._writer.do(self._relay.due)
        if Fate.PENDING in due:
            self._go_on()
        return due

    async def _do_the_chores(self, chores: Chores) -> None:
        async for _ in self._writer.each(chores()):
            if self._stopped.is_set():
                return

    async def _at_least_later(self, act: Callable[[], Awaitable[None]], what: str) -> None:
        """Trouble is told of, and ends nothing, unless nothing can go on after it."""
        try:
            await act()
        except ENDING:
            raise
        except StoreUnavailable as error:
            self._outage.failed(what, error)
        except Exception:
            logger.exception("%s later", what)
        else:
            self._outage.succeeded(what)


async def _happens(event: asyncio.Event, *, within: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            await event.wait()
