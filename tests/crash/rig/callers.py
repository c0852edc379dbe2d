"""Callers: each does one errand after another, until it is told to stop."""

import random
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Final

from tests.crash.rig.diary import Call, Diary, Repeat
from tests.crash.rig.errands import Errand, Market, Wishes
from tests.crash.rig.messenger import Addresses, Messenger

ASKED_AGAIN: Final = 0.04
"""How often a caller asks for what it was answered before."""


class Caller:
    """One client of the service: it wants the next thing when it has the last one."""

    def __init__(
        self, name: str, addresses: Addresses, market: Market, diary: Diary, seed: int
    ) -> None:
        self._name = name
        self._chance = random.Random(f"{seed}/{name}")
        self._market = market
        self._diary = diary
        self._messenger = Messenger(addresses, self._chance, diary)
        self._wishes = Wishes(name, market, self._chance)
        self._calls: list[Call] = []

    def do(self, errand: Errand) -> None:
        """See it through, and note the answer."""
        told = self._messenger.see_through(errand.request)
        if told is None:
            self._diary.unanswered.append(errand)
            return
        call = Call(self._name, errand, told)
        self._calls.append(call)
        self._diary.calls.append(call)
        body = errand.request.body
        if errand.request.path == "/add_batch" and call.done and errand.sku in self._market.skus:
            self._market.announce(body["ref"], errand.sku)

    def do_all(self, errands: Iterable[Errand]) -> None:
        """Do these, one after another."""
        with self._messenger:
            for errand in errands:
                self.do(errand)

    def ask_all_again(self, calls: Iterable[Call]) -> None:
        """Send what was answered before once more, one after another."""
        with self._messenger:
            for call in calls:
                self.ask_again(call)

    def work(self, end: Event, pause: float) -> None:
        """Do errands until the end, thinking for a while after each."""
        with self._messenger:
            self._work(end, pause)

    def ask_again(self, call: Call) -> None:
        """Send what was answered before once more."""
        told = self._messenger.see_through(call.errand.request)
        if told is None:
            self._diary.unanswered.append(call.errand)
        else:
            self._diary.repeats.append(Repeat(call, told))

    def _work(self, end: Event, pause: float) -> None:
        while not end.is_set():
            if self._calls and self._chance.random() < ASKED_AGAIN:
                self.ask_again(self._chance.choice(self._calls[-200:]))
            else:
                self.do(self._wishes.next())
            end.wait(self._chance.uniform(0, 2 * pause))


@contextmanager
def calling(callers: Sequence[Caller], pause: float) -> Iterator[None]:
    """They are at work as long as this is open; what they have begun is seen through."""
    end = Event()
    with ThreadPoolExecutor(len(callers)) as threads:
        at_work: list[Future[None]] = [threads.submit(c.work, end, pause) for c in callers]
        try:
            yield
        finally:
            end.set()
        for ended in at_work:
            ended.result()


def ask_everything_again(calls: Sequence[Call], addresses: Addresses, diary: Diary) -> None:
    """Send every request once more, when all is quiet; what is told is in the diary."""
    market = Market((), "", 0)
    askers = [Caller(f"again-{n}", addresses, market, diary, n) for n in range(8)]
    with ThreadPoolExecutor(len(askers)) as threads:
        shares = [calls[n :: len(askers)] for n in range(len(askers))]
        for ended in [
            threads.submit(asker.ask_all_again, share)
            for asker, share in zip(askers, shares, strict=True)
        ]:
            ended.result()
