"""The request queue: incoming messages, in order, until they are answered."""

import asyncio
import logging
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from allocation.messaging.errors import Locked, Stopping
from allocation.messaging.group import GROUP_ERRORS
from allocation.messaging.log import Answer, Envelope
from allocation.messaging.processor import GroupResult

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Submission:
    """Messages that were submitted together.

    If one of the messages cannot be handled now, its error becomes that of the submission, and the
    messages after it that are not handled yet are answered with the same error. `id` is the id of
    a submission in several parts.
    """

    id: str | None = None
    error: Exception | None = None


class PendingRequest(NamedTuple):
    """A message that was accepted, the future of its answer, and its bulk submission, if any."""

    envelope: Envelope
    future: "asyncio.Future[Answer]"
    submission: Submission | None = None


TRANSIENT: Final = (*GROUP_ERRORS, Stopping)
"""Errors after which the client may send the message again; other errors are bugs."""


class RequestQueue:
    """Requests that wait to be handled, that are deferred, or that await a cascade.

    A request is deferred while its message shares an ordering key with follow-ups that are
    pending in the log, or with a request deferred earlier. A request whose message was handled
    awaits the cascade of its follow-ups, and is answered when all of them are done.
    """

    def __init__(self) -> None:
        self._waiting: deque[PendingRequest] = deque()
        self._deferred: list[tuple[PendingRequest, Collection[str]]] = []
        self._awaiting_cascades: list[tuple[PendingRequest, Answer]] = []
        self._in_progress: Sequence[PendingRequest] = ()

    def __len__(self) -> int:
        """The number of unanswered requests, excluding those in progress."""
        return len(self._waiting) + len(self._deferred) + len(self._awaiting_cascades)

    @property
    def waiting(self) -> int:
        """The number of requests that wait to be handled."""
        return len(self._waiting)

    def add(
        self, envelope: Envelope, submission: Submission | None = None
    ) -> "asyncio.Future[Answer]":
        """Add a request; return the future of its answer."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(PendingRequest(envelope, answer, submission))
        return answer

    async def gather(self, most: int) -> None:
        """Let concurrent requests queue up, so that they share a group and its commit."""
        more_arrived = True
        while more_arrived:
            before = len(self._waiting)
            await asyncio.sleep(0)
            more_arrived = before < len(self._waiting) < most

    def take(self, count: int) -> Sequence[PendingRequest]:
        """Take the first waiting requests; they count as in progress from now on.

        After a message that could not be handled, the rest of its submission is not taken, but
        answered with its error.
        """
        taken: list[PendingRequest] = []
        self._in_progress = taken
        while self._waiting and len(taken) < count:
            request = self._waiting.popleft()
            error = None if request.submission is None else request.submission.error
            if error is None:
                taken.append(request)
            else:
                _resolve(request.future, _failure(request.envelope.id, error))
        return taken

    def put_back(self, requests: Sequence[PendingRequest]) -> None:
        """Let requests that were taken wait again, before all others."""
        self._waiting.extendleft(reversed(requests))

    def awaited(self) -> list[str]:
        """The ids of the messages whose cascades are awaited: each group looks them up."""
        return [answer.id for _, answer in self._awaiting_cascades]

    def answer(self, taken: Sequence[PendingRequest], result: GroupResult) -> None:
        """Answer the requests that a group has completed, and queue the others again."""
        if self._awaiting_cascades:
            self._answer_cascades(result)
        not_handled: list[PendingRequest] = []
        for request, answer in zip(taken, result.answers, strict=True):
            if answer is None and request.envelope.id in result.deferred:
                self._deferred.append((request, result.deferred[request.envelope.id]))
            elif answer is None:
                not_handled.append(request)
            elif answer.id in result.incomplete:
                self._awaiting_cascades.append((request, answer))
            else:
                _resolve(request.future, answer)
                if request.submission is not None and isinstance(answer.error, TRANSIENT):
                    request.submission.error = answer.error
        if not_handled:
            self.put_back(not_handled)
        if self._deferred:
            self._release(result)

    def deferred_keys(self) -> Collection[str]:
        """The ordering keys of the deferred requests."""
        return {key for _, keys in self._deferred for key in keys}

    def release_deferred(self) -> None:
        """Return the deferred requests to the queue; the next group checks their keys again."""
        self._waiting.extendleft(request for request, _ in reversed(self._deferred))
        self._deferred.clear()

    def _release(self, result: GroupResult) -> None:
        """Return the deferred requests whose keys are no longer blocked to the front."""
        blocked, still = set(result.blocked_keys), []
        freed = []
        for request, keys in self._deferred:
            if blocked.isdisjoint(keys):
                freed.append(request)
            else:
                blocked.update(keys)
                still.append((request, keys))
        self._deferred = still
        self._waiting.extendleft(reversed(freed))

    def fail(self, requests: Iterable[PendingRequest], error: Exception) -> None:
        """Answer requests with an error."""
        is_transient = isinstance(error, TRANSIENT)
        if not is_transient:
            logger.error("a group failed", exc_info=error)
        for envelope, future, submission in requests:
            _resolve(future, _failure(envelope.id, error))
            if submission is not None and is_transient:
                submission.error = error

    def fail_cascades(self, error: Exception) -> None:
        """Answer the requests that await a cascade with an error.

        Whether their follow-ups are on disk is unknown; repeating the message gives the answer.
        """
        awaiting, self._awaiting_cascades = self._awaiting_cascades, []
        self.fail([request for request, _ in awaiting], error)

    def fail_all(self, error: Exception) -> None:
        """Answer all requests with an error."""
        self.fail_cascades(error)
        deferred = [request for request, _ in self._deferred]
        self.fail([*self._in_progress, *deferred, *self._waiting], error)

    def _answer_cascades(self, result: GroupResult) -> None:
        awaiting, self._awaiting_cascades = self._awaiting_cascades, []
        for request, answer in awaiting:
            if answer.id not in result.incomplete:
                _resolve(request.future, answer)
            elif result.held_up:
                self.fail([request], Locked())
            else:
                self._awaiting_cascades.append((request, answer))


def _failure(id: str, error: Exception) -> Answer:
    if isinstance(error, TRANSIENT):
        return Answer(id, error=error)
    return Answer.failure(id, error)


def _resolve(future: "asyncio.Future[Answer]", answer: Answer) -> None:
    if not future.done():  # it is done if the caller has cancelled it
        future.set_result(answer)
