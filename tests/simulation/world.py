"""A history: servers, callers and faults, until all is well again; and what was wrong with it."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from allocation.adapters.memory.session import Memory
from allocation.messaging.envelope import Envelope
from allocation.messaging.errors import MessagingError
from allocation.messaging.log import Answer, Status
from allocation.messaging.retry import Backoff, RetryPolicy
from tests.simulation import workload
from tests.simulation.audit import findings, told_too_early
from tests.simulation.faults import Faults, Killed
from tests.simulation.fleet import Fleet
from tests.simulation.loop import VirtualLoop
from tests.simulation.post import UnreliableMailServer
from tests.simulation.process import Process, Surroundings, clock_from
from tests.simulation.records import Records
from tests.simulation.workload import Operation

FAULTS_END: Final = 8.0
TIMEOUT: Final = 300.0
"""Seconds after which what is not done is stuck."""

LONGEST_PAUSE: Final = timedelta(seconds=4)
UNFINISHED: Final = (Status.PENDING, Status.OUTGOING, Status.DEAD)


class World:
    """Made from a seed; `run` lets it take place."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(seed)
        self._loop = VirtualLoop(self._rng)
        self.trace: list[str] = []
        self._early: list[str] = []
        self._operations = workload.drawn(self._rng)
        faults = Faults(self._rng, self._tell)
        post = UnreliableMailServer(faults)
        self._overtaking = False
        ids = count(1)
        self._around = Surroundings(
            Memory(),
            faults,
            post,
            clock_from(datetime(2030, 1, 1, tzinfo=UTC), self._loop.time),
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
        )

    def run(self) -> list[str]:
        """What was wrong with it; nothing, if all is well."""
        with _in_silence():
            try:
                unfinished = self._loop.run_until_complete(self._take_place())
            finally:
                self._loop.end()
        around = self._around
        records = Records(around.memory, self._operations, around.post.arrived)
        plain = around.faults.broken == 0
        return [*self._early, *unfinished, *findings(records, plain=plain)]

    async def _take_place(self) -> list[str]:
        self._fleet = Fleet(self._rng, self._around, self._tell)
        self._loop.call_later(FAULTS_END, self._heal)
        callers = [asyncio.create_task(self._call(operation)) for operation in self._operations]
        async with self._fleet.at_sea():
            await asyncio.wait(callers, timeout=TIMEOUT)
            while self._around.faults.on:
                await asyncio.sleep(1)
            await self._settle_down()
        unanswered = [f"{e.key} is never answered" for e in self._operations if not e.answered]
        entries = self._around.memory.entries.values()
        left = [f"{e.envelope} is left {e.status}" for e in entries if e.status in UNFINISHED]
        return unanswered + left

    def _heal(self) -> None:
        self._tell("all is well from here on")
        self._around.faults.on = False

    async def _settle_down(self) -> None:
        deadline = self._loop.time() + TIMEOUT
        operator = Process("operator", self._around)
        while self._loop.time() < deadline:
            statuses = {entry.status for entry in self._around.memory.entries.values()}
            if not statuses.intersection(UNFINISHED):
                return
            if Status.DEAD in statuses:
                list(operator.letters.replay_all())
            await asyncio.sleep(1)

    async def _call(self, operation: Operation) -> None:
        """Send it until it is answered; now and then twice at once, or again later."""
        await asyncio.sleep(self._rng.random() * 5)
        again = self._rng.random() < 0.25
        while not operation.answered or again:
            again = again and not operation.answered
            copies = 2 if self._rng.random() < 0.1 else 1
            await asyncio.gather(*(self._send(operation) for _ in range(copies)))
            await asyncio.sleep(self._rng.random())

    async def _send(self, operation: Operation) -> None:
        if (answer := await self._fleet.send(operation.message, operation.key)) is not None:
            self._note(operation, answer)

    def _linger_in_cascades(self) -> None:
        """Let the callers of other servers in between the groups of a cascade."""
        entries = self._around.memory.entries.values()
        if any(entry.status is Status.PENDING for entry in entries):
            self._loop.linger(longest=2.0)

    def _overtake(self) -> None:
        """Somebody commits between another's reading and its commit: an import, say."""
        faults = self._around.faults
        if self._overtaking or not faults.strikes(faults.overtaken * 3):
            return
        self._overtaking = True
        taken = self._rng.sample(self._operations, 2)
        self._tell(f"overtaken by {[operation.key for operation in taken]}")
        with suppress(Killed):
            importer, now = Process("importer", self._around), self._around.clock()
            roots = [
                Envelope.root(operation.message, id=operation.key, at=now) for operation in taken
            ]
            for operation, answer in zip(taken, importer.processor.process(roots), strict=True):
                self._note(operation, answer)
            with suppress(MessagingError):
                importer.relay.run()
        self._overtaking = False

    def _note(self, operation: Operation, answer: Answer) -> None:
        self._tell(f"{operation.key} {operation.message}: {answer.error or answer.results}")
        if not isinstance(answer.error, MessagingError):
            operation.answers.append(answer)
            plain = self._around.faults.broken == 0
            self._early += told_too_early(self._around.memory, operation, plain=plain)

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
