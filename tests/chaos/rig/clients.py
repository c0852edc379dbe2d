"""Clients: each does one operation after another, until it is stopped."""

import random
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Final

from tests.chaos.observations import Call, Observations, Repeat
from tests.chaos.rig.retrying_client import Addresses, RetryingClient
from tests.chaos.workload import Inventory, Operation, Workload

ASKED_AGAIN: Final = 0.04
"""How often a caller asks for what it was answered before."""


class Caller:
    """One client of the service; it sends the next request after the last answer."""

    def __init__(
        self,
        name: str,
        addresses: Addresses,
        inventory: Inventory,
        observations: Observations,
        seed: int,
    ) -> None:
        self._name = name
        self._rng = random.Random(f"{seed}/{name}")
        self._inventory = inventory
        self._observations = observations
        self._client = RetryingClient(addresses, self._rng, observations)
        self._workload = Workload(name, inventory, self._rng)
        self._calls: list[Call] = []

    def do(self, operation: Operation) -> None:
        """Send the request until it is answered, and note the answer."""
        answer = self._client.send_until_answered(operation.request)
        if answer is None:
            self._observations.unanswered.append(operation)
            return
        call = Call(self._name, operation, answer)
        self._calls.append(call)
        self._observations.calls.append(call)
        if call.done:
            self._inventory.note_done(operation)

    def do_all(self, operations: Iterable[Operation]) -> None:
        """Do these operations one after another."""
        with self._client:
            for operation in operations:
                self.do(operation)

    def ask_all_again(self, calls: Iterable[Call]) -> None:
        """Repeat these answered requests, one after another."""
        with self._client:
            for call in calls:
                self.ask_again(call)

    def work(self, end: Event, pause: float) -> None:
        """Do operations until the end, with a pause after each."""
        with self._client:
            self._work(end, pause)

    def ask_again(self, call: Call) -> None:
        """Repeat an answered request."""
        answer = self._client.send_until_answered(call.operation.request)
        if answer is None:
            self._observations.unanswered.append(call.operation)
        else:
            self._observations.repeats.append(Repeat(call, answer))

    def _work(self, end: Event, pause: float) -> None:
        while not end.is_set():
            if self._calls and self._rng.random() < ASKED_AGAIN:
                self.ask_again(self._rng.choice(self._calls[-200:]))
            else:
                self.do(self._workload.next())
            end.wait(self._rng.uniform(0, 2 * pause))


@contextmanager
def calling(callers: Sequence[Caller], pause: float) -> Iterator[None]:
    """The clients work as long as this is open, and finish what they have begun."""
    end = Event()
    with ThreadPoolExecutor(len(callers)) as threads:
        at_work: list[Future[None]] = [threads.submit(c.work, end, pause) for c in callers]
        try:
            yield
        finally:
            end.set()
        for ended in at_work:
            ended.result()


def ask_everything_again(
    calls: Sequence[Call], addresses: Addresses, observations: Observations
) -> None:
    """Repeat every request after the run; the answers are among the observations."""
    inventory = Inventory(())
    askers = [Caller(f"again-{n}", addresses, inventory, observations, n) for n in range(8)]
    with ThreadPoolExecutor(len(askers)) as threads:
        shares = [calls[n :: len(askers)] for n in range(len(askers))]
        for ended in [
            threads.submit(asker.ask_all_again, share)
            for asker, share in zip(askers, shares, strict=True)
        ]:
            ended.result()
