"""A history: servers, callers and faults, until everything is finished; and its findings."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from allocation.messaging.errors import MessagingError
from allocation.messaging.log import Answer, Envelope
from allocation.messaging.retry import Backoff, RetryPolicy
from allocation.messaging.sync_bridge import run_sync
from tests.chaos.simulation.faults import Faults, Killed
from tests.chaos.simulation.fleet import Fleet
from tests.chaos.simulation.history import History
from tests.chaos.simulation.loop import VirtualLoop
from tests.chaos.simulation.mail_server import UnreliableMailServer
from tests.chaos.simulation.places import InMemory, Place
from tests.chaos.simulation.process import Process, Surroundings, clock_from
from tests.chaos.workload import Operation, short_history

START: Final = datetime(2030, 1, 1, tzinfo=UTC)
FAULTS_END: Final = 8.0
TIMEOUT: Final = 300.0
"""Seconds after which what is not done is stuck."""

LONGEST_PAUSE: Final = timedelta(seconds=4)
UNFINISHED: Final = ("pending", "outgoing", "dead")


class World:
    """Made from a seed; `run` lets it take place."""

    def __init__(self, seed: int, place: Place | None = None) -> None:
        self.seed = seed
        self._rng = Random(seed)
        self._loop = VirtualLoop(self._rng)
        self.trace: list[str] = []
        self._place = place or InMemory()
        self._history = History(self._place, START.date())
        self._operations = short_history(self._rng)
        faults = Faults(self._rng, self._tell)
        self._overtaking = False
        ids = count(1)
        self._around = Surroundings(
            self._place,
            faults,
            UnreliableMailServer(faults),
            clock_from(START, self._loop.time),
            lambda: f"m{next(ids)}",
            RetryPolicy(sleep=self._loop.sleep, jitter=self._rng.random),
            Backoff(
                maximum=LONGEST_PAUSE,
                max_attempts=self._rng.choice((3, 1000)),
                jitter=self._rng.random,
            ),
            self._rng.choice((1, 2, 4, 1000, 1000)),
            self._overtake,
            self._rng.choice((self._linger_in_cascades, self._loop.linger, lambda: None)),
            self._loop.sleep,
        )

    def run(self) -> list[str]:
        """Simulate the history; returns its findings, of which there should be none."""
        with _in_silence():
            try:
                self._loop.run_until_complete(self._take_place())
                return self._findings()
            finally:
                self._loop.end()
                self._place.close()

    def _findings(self) -> list[str]:
        around = self._around
        mails = list(around.mail_server.arrived)
        plain = around.faults.broken == 0
        return self._history.findings(self._operations, mails, plain=plain)

    async def _take_place(self) -> None:
        self._fleet = Fleet(self._rng, self._around, self._tell)
        self._loop.call_later(FAULTS_END, self._heal)
        callers = [
            asyncio.create_task(self._call(operation, place / len(self._operations)))
            for place, operation in enumerate(self._operations)
        ]
        async with self._fleet.serving():
            await asyncio.wait(callers, timeout=TIMEOUT)
            while self._around.faults.on:
                await asyncio.sleep(1)
            await self._settle_down()

    def _heal(self) -> None:
        self._tell("all is well from here on")
        self._around.faults.on = False

    async def _settle_down(self) -> None:
        deadline = self._loop.time() + TIMEOUT
        operator = Process("operator", self._around)
        while self._loop.time() < deadline:
            ledger = self._place.ledger()
            if not ledger.with_status(*UNFINISHED):
                return
            if ledger.with_status("dead"):
                await run_sync(lambda: list(operator.dead_letters.replay_all()))
            await asyncio.sleep(1)

    async def _call(self, operation: Operation, place: float) -> None:
        """Send it until it is answered; now and then twice at once, or again later.

        The `place` of an operation, between 0 and 1, says how late it begins: about as the
        operations follow from each other.
        """
        await asyncio.sleep(4 * place + 1.5 * self._rng.random())
        again = self._rng.random() < 0.25
        while not self._is_answered(operation) or again:
            again = again and not self._is_answered(operation)
            copies = 2 if self._rng.random() < 0.1 else 1
            await asyncio.gather(*(self._send(operation) for _ in range(copies)))
            await asyncio.sleep(self._rng.random())

    async def _send(self, operation: Operation) -> None:
        answer = await self._fleet.send(operation.event, operation.request.key)
        if answer is not None:
            self._note(operation, answer)

    def _linger_in_cascades(self) -> None:
        """Let the callers of other servers in between the groups of a cascade."""
        if self._place.has_pending():
            self._loop.linger(maximum=2.0)

    def _overtake(self) -> None:
        """Somebody commits between another's reading and its commit: an import, say."""
        faults = self._around.faults
        possible = self._place.can_be_overtaken and not self._overtaking
        if not possible or not faults.strikes(faults.overtaken * 3):
            return
        self._overtaking = True
        taken = self._rng.sample(self._operations, 2)
        self._tell(f"overtaken by {[operation.request.key for operation in taken]}")
        with suppress(Killed):
            importer, now = Process("importer", self._around), self._around.clock()
            roots = [
                Envelope.root(operation.event, id=operation.request.key, at=now)
                for operation in taken
            ]
            for operation, answer in zip(taken, importer.processor.process(roots), strict=True):
                self._note(operation, answer)
            with suppress(MessagingError):
                importer.relay.run()
        self._overtaking = False

    def _note(self, operation: Operation, answer: Answer) -> None:
        key, result = operation.request.key, answer.error or answer.results
        self._tell(f"{key} {operation.event}: {result}")
        if not isinstance(answer.error, MessagingError):
            self._history.note(operation, answer, complete=self._around.faults.broken == 0)

    def _is_answered(self, operation: Operation) -> bool:
        return self._history.is_answered(operation.request.key)

    def _tell(self, what: str) -> None:
        self.trace.append(f"{self._loop.time():8.3f} {what}")


@contextmanager
def _in_silence() -> Iterator[None]:
    """What fails on purpose is not reported."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
