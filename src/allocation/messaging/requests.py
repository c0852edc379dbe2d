"""The callers: those who have asked, in their order, until each of them is answered."""

import asyncio
import logging
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from allocation.messaging.envelope import Envelope
from allocation.messaging.errors import Locked, Stopping
from allocation.messaging.group import OF_THE_GROUP
from allocation.messaging.log import Answer
from allocation.messaging.processor import GroupResult

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Submission:
    """Messages that came together: when one cannot be handled now, none after it is."""

    trouble: Exception | None = None


class PendingRequest(NamedTuple):
    """A message that was taken, where its answer goes, and what it came with."""

    envelope: Envelope
    future: "asyncio.Future[Answer]"
    request: Submission | None = None


PASSING: Final = (*OF_THE_GROUP, Stopping)
"""Errors with which it may be asked again; others are faults of ours."""

LOOKED_UP: Final = 16
"""Of those who wait for a cascade, it is seen at every group of so many whether it is over."""


class RequestQueue:
    """They wait to be handled; or are deferred; or wait for the cascade of their message.

    A request is deferred as long as its message shares an ordering key with follow-ups that are
    pending, in the log, or with a request that was deferred before it.
    """

    def __init__(self) -> None:
        self._waiting: deque[PendingRequest] = deque()
        self._deferred: list[tuple[PendingRequest, Collection[str]]] = []
        self._awaiting_cascades: list[tuple[PendingRequest, Answer]] = []
        self._in_progress: Sequence[PendingRequest] = ()

    def __len__(self) -> int:
        """How many are not answered, but for those who are in hand."""
        return len(self._waiting) + len(self._deferred) + len(self._awaiting_cascades)

    @property
    def waiting(self) -> int:
        """How many wait to be handled."""
        return len(self._waiting)

    def add(
        self, envelope: Envelope, request: Submission | None = None
    ) -> "asyncio.Future[Answer]":
        """Where the answer will be."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(PendingRequest(envelope, answer, request))
        return answer

    def take(self, count: int) -> Sequence[PendingRequest]:
        """The first of those who wait, in hand now."""
        taken: list[PendingRequest] = []
        self._in_progress = taken
        while self._waiting and len(taken) < count:
            asked = self._waiting.popleft()
            if self.is_pending(asked):
                taken.append(asked)
        return taken

    def is_pending(self, asked: PendingRequest) -> bool:
        """Whether it is to be handled: not if something that came with it has met trouble."""
        trouble = asked.request.trouble if asked.request is not None else None
        if trouble is not None:
            _resolve(asked.future, _failure(asked.envelope.id, trouble))
        return trouble is None

    def awaited(self) -> list[str]:
        """The ids of the first of those messages whose cascades are waited for."""
        return [answer.id for _, answer in self._awaiting_cascades[:LOOKED_UP]]

    def answer(
        self, taken: Sequence[PendingRequest], awaited: Iterable[str], result: GroupResult
    ) -> None:
        """Answer whoever is done; the others wait, or are held, as before."""
        if self._awaiting_cascades:
            self._answer_cascades(set(awaited), result)
        not_taken = []
        for asked, new in zip(taken, result.answers, strict=True):
            if new is None and asked.envelope.id in result.deferred:
                self._deferred.append((asked, result.deferred[asked.envelope.id]))
            elif new is None:
                not_taken.append(asked)
            elif new.id in result.incomplete:
                self._awaiting_cascades.append((asked, new))
            else:
                _resolve(asked.future, new)
                if asked.request is not None and isinstance(new.error, PASSING):
                    asked.request.trouble = new.error
        self._waiting.extendleft(reversed(not_taken))
        if self._deferred:
            self._release(result)

    def deferred_keys(self) -> Collection[str]:
        """The ordering keys of the requests that are deferred."""
        return {key for _, keys in self._deferred for key in keys}

    def release_deferred(self) -> None:
        """Whether they are to wait any longer is found out anew."""
        self._waiting.extendleft(asked for asked, _ in reversed(self._deferred))
        self._deferred.clear()

    def _release(self, result: GroupResult) -> None:
        """Those that nothing blocks any more are the first that wait."""
        blocked, still = set(result.blocked_keys), []
        freed = []
        for asked, keys in self._deferred:
            if result.is_over or blocked.isdisjoint(keys):
                freed.append(asked)
            else:
                blocked.update(keys)
                still.append((asked, keys))
        self._deferred = still
        self._waiting.extendleft(reversed(freed))

    def fail(self, these: Iterable[PendingRequest], error: Exception) -> None:
        """Tell them what went wrong."""
        passes = isinstance(error, PASSING)
        if not passes:
            logger.error("a group failed", exc_info=error)
        for envelope, future, request in these:
            _resolve(future, _failure(envelope.id, error))
            if request is not None and passes:
                request.trouble = error

    def fail_cascades(self, error: Exception) -> None:
        """Tell the same to those who wait for one.

        What follows from their messages may be on disk or not; asking again tells.
        """
        waited, self._awaiting_cascades = self._awaiting_cascades, []
        self.fail([asked for asked, _ in waited], error)

    def fail_all(self, error: Exception) -> None:
        """The same to everybody."""
        self.fail_cascades(error)
        deferred = [asked for asked, _ in self._deferred]
        self.fail([*self._in_progress, *deferred, *self._waiting], error)

    def _answer_cascades(self, seen: Collection[str], result: GroupResult) -> None:
        waited, self._awaiting_cascades = self._awaiting_cascades, []
        for asked, answer in waited:
            goes_on = answer.id not in seen or answer.id in result.incomplete
            if result.is_over or not goes_on:
                _resolve(asked.future, answer)
            elif result.held_up and answer.id in seen:
                self.fail([asked], Locked())
            else:
                self._awaiting_cascades.append((asked, answer))


def _failure(id: str, error: Exception) -> Answer:
    if isinstance(error, PASSING):
        return Answer(id, error=error)
    return Answer.failure(id, error)


def _resolve(future: "asyncio.Future[Answer]", answer: Answer) -> None:
    if not future.done():  # it is when the caller has gone away
        future.set_result(answer)
