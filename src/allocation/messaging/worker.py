"""The worker: runs the processor and the relay in an event loop, as long as it serves."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from functools import partial

from allocation.messaging.envelope import Envelope
from allocation.messaging.errors import Busy, Conflict, Stopping, StoreUnavailable
from allocation.messaging.log import Answer
from allocation.messaging.processor import Processor, Step
from allocation.messaging.relay import Relay
from allocation.messaging.rounds import Chores, Rounds, no_chores
from allocation.messaging.writer import Writer

logger = logging.getLogger(__name__)

Asked = tuple[Envelope, "asyncio.Future[Answer]"]
"""A message that was taken, and where its answer goes."""


class Worker:
    """Takes messages from many callers; answers each when it is on disk.

    Everything that this process writes is written by one writer, a group at a time; what
    arrives meanwhile is the next group. The `chores` are done now and then, between two groups.
    """

    def __init__(
        self,
        processor: Processor,
        relay: Relay,
        *,
        capacity: int = 4096,
        chores: Chores = no_chores,
    ) -> None:
        self._processor = processor
        self._capacity = capacity
        self._writer = Writer()
        self._rounds = Rounds(relay, self._writer, self._go_on, chores)
        self._waiting: deque[Asked] = deque()
        self._going_on: list[tuple[asyncio.Future[Answer], Answer]] = []
        self._left_over = False
        self._arrived = asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Finish what an earlier process left behind, then take new work.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
        """
        await self._writer.do(self._processor.recover)
        self._rounds.look()
        work = self._process(), self._rounds.see_to_what_is_due(), self._rounds.tidy()
        self._tasks = [asyncio.create_task(task) for task in work]

    async def stop(self) -> None:
        """Take no more, and finish what was taken; what is to go outside stays in the log."""
        self._stopping = True
        self._arrived.set()
        self._rounds.stop()
        await asyncio.gather(*self._tasks)

    def look(self) -> None:
        """Look at once for unfinished messages that have become due."""
        self._rounds.look()

    async def submit(self, message: object, id: str | None = None) -> Answer:
        """Have a message handled; its answer, when it and its effects are on disk.

        Raises:
            Busy: too many are waiting already; nothing was taken.
            Stopping: the worker takes no more.
        """
        self._check_room_for(1)
        return await self._ask(message, id)

    async def submit_all(self, asked: Sequence[tuple[object, str | None]]) -> list[Answer]:
        """Have messages handled in their order, each with the sender's id or a new one.

        Raises:
            Busy: too many are waiting already; nothing was taken.
            Stopping: the worker takes no more.
        """
        self._check_room_for(len(asked))
        answers = [self._ask(message, id) for message, id in asked]
        return [await answer for answer in answers]

    def _check_room_for(self, count: int) -> None:
        if self._stopping:
            raise Stopping()
        if len(self._waiting) + count > self._capacity:
            raise Busy(len(self._waiting))

    def _ask(self, message: object, id: str | None) -> "asyncio.Future[Answer]":
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._processor.envelope(message, id), answer))
        self._arrived.set()
        return answer

    async def _process(self) -> None:
        while not self._stopping or self._waiting or self._going_on:
            if not self._waiting and not self._left_over:
                await self._arrived.wait()
            await self._take_in_what_is_at_the_door()
            self._arrived.clear()
            count = min(len(self._waiting), self._processor.bound)
            await self._handle([self._waiting.popleft() for _ in range(count)])

    async def _take_in_what_is_at_the_door(self) -> None:
        """Else the first of many who come at once would have a group, and a commit, of its own."""
        arrived = True
        while arrived:
            waiting = len(self._waiting)
            await asyncio.sleep(0)
            arrived = waiting < len(self._waiting) < self._processor.bound

    async def _handle(self, taken: Sequence[Asked]) -> None:
        try:
            asked = [envelope for envelope, _ in taken]
            go_on = partial(self._processor.step, asked, backlog=self._left_over)
            step = await self._writer.do(go_on)
        except Exception as error:
            self._left_over = False
            self._give_up(taken, error)
        else:
            self._left_over = step.left_over
            self._answer(taken, step)
            if step.outgoing:
                self._rounds.look()
            if not self._left_over:
                self._answer_those_who_waited()

    def _answer(self, taken: Sequence[Asked], step: Step) -> None:
        answered = len(step.answers)
        self._waiting.extendleft(reversed(taken[answered:]))
        for (_, future), answer in zip(taken[:answered], step.answers, strict=True):
            if answer.id in step.going_on:
                self._going_on.append((future, answer))
            else:
                _resolve(future, answer)

    def _give_up(self, taken: Sequence[Asked], error: Exception) -> None:
        if not isinstance(error, (Conflict, StoreUnavailable)):
            logger.error("a group failed", exc_info=error)
        # What follows from some messages is not on disk; that is found out by asking again.
        going_on = [(answer.id, future) for future, answer in self._going_on]
        self._going_on.clear()
        for id, future in (*going_on, *((envelope.id, future) for envelope, future in taken)):
            _resolve(future, _failure(id, error))

    def _answer_those_who_waited(self) -> None:
        for future, answer in self._going_on:
            _resolve(future, answer)
        self._going_on.clear()

    def _go_on(self) -> None:
        self._left_over = True
        self._arrived.set()


def _failure(id: str, error: Exception) -> Answer:
    if isinstance(error, (Conflict, StoreUnavailable)):
        return Answer(id, error=error)
    return Answer.failure(id, error)


def _resolve(future: "asyncio.Future[Answer]", answer: Answer) -> None:
    if not future.done():  # it is when the caller has gone away
        future.set_result(answer)
