"""The dry runs of a worker: one at a time, beside its groups."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial

from allocation.messaging.dry_runs import DryAnswer, DryRuns
from allocation.messaging.errors import Busy, Stopping
from allocation.messaging.log import Envelope
from allocation.messaging.processor import RESUME_DELAY
from allocation.messaging.sync_bridge import run_sync


class DryRunQueue:
    """Makes dry runs in the order of their requests; at most `capacity` of them wait.

    They run beside the groups, which they neither wait for nor hold up: groups are handled while a
    long dry run pauses after each of its steps. `deferred` returns the ordering keys of the
    requests that a worker has deferred: a dry run comes after them, too.
    """

    def __init__(
        self, dry_runs: DryRuns, deferred: Callable[[], Collection[str]], capacity: int
    ) -> None:
        self._dry_runs = dry_runs
        self._deferred = deferred
        self._capacity = capacity
        self._unanswered = 0
        self._one_at_a_time = asyncio.Lock()
        self._is_stopping = False

    async def answers(self, envelopes: Sequence[Envelope]) -> list[DryAnswer]:
        """Make a dry run of messages, once the follow-ups pending before it are done.

        Raises:
            Busy: too many dry runs are waiting.
            Stopping: the worker has stopped.
            Locked: such follow-ups cannot be handled now.
            StoreUnavailable: the database cannot be reached.
        """
        if self._unanswered >= self._capacity:
            raise Busy(self._unanswered)
        self._unanswered += 1
        try:
            while (answers := await self._attempt(envelopes)) is None:
                await asyncio.sleep(RESUME_DELAY)
            return answers
        finally:
            self._unanswered -= 1

    def stop(self) -> None:
        """Start no further dry run."""
        self._is_stopping = True

    async def finished(self) -> None:
        """Wait until the current dry run is over."""
        async with self._one_at_a_time:
            pass

    async def _attempt(self, envelopes: Sequence[Envelope]) -> list[DryAnswer] | None:
        async with self._one_at_a_time:
            if self._is_stopping:
                raise Stopping()
            return await run_sync(partial(self._dry_runs.attempt, envelopes, self._deferred()))
