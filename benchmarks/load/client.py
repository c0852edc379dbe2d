"""The clients of a load, all in one event loop: in turn (closed) or on schedule (open)."""

import asyncio
from collections import deque
from time import perf_counter
from typing import Final

from benchmarks.load.connection import Answered, Connection
from benchmarks.load.orders import Orders, Reads
from benchmarks.load.spec import Load, Tally
from benchmarks.load.timings import Timings

TIMEOUT: Final = 2.0
"""Seconds for which answers under way at the end are waited for."""

UNANSWERED: Final = -1
"""The status of a request on schedule whose answer did not come in time."""

TICK: Final = 0.001
"""Seconds between looks at the schedule; the event loop's timers are no finer."""


async def run(load: Load) -> Tally:
    """Put the load on the server."""
    orders: Orders | Reads = (
        Orders(load.prefix, load.skus, load.key)
        if load.path is None
        else Reads(load.path, load.key)
    )
    if load.rate is None:
        return await _sequentially(load, orders)
    return await _on_schedule(load, orders, load.rate)


async def _sequentially(load: Load, orders: Orders | Reads) -> Tally:
    def answered(connection: Connection, status: int) -> None:
        now = perf_counter()
        timings.count(status, connection.sent_at, now, ordering_keys=now)
        if connection.open and now < timings.end:
            connection.send(orders.next(), now)

    connections = await _connect(load, answered)
    timings = Timings(load)
    for connection in connections:
        connection.send(orders.next(), perf_counter())
    await asyncio.sleep(timings.end - perf_counter())
    await _quiet(connections)
    return timings.tally()


async def _on_schedule(load: Load, orders: Orders | Reads, rate: float) -> Tally:
    def answered(connection: Connection, status: int) -> None:
        at = connection.sent_at
        timings.count(status, at, perf_counter(), ordering_keys=at)
        if connection.open:
            free.append(connection)

    connections = await _connect(load, answered)
    free, due, scheduled = deque(connections), deque[float](), 0
    timings = Timings(load)
    begun = timings.start - load.warm_up
    while (now := perf_counter()) < timings.end + TIMEOUT:
        while (at := begun + scheduled / rate) <= min(now, timings.end):
            due.append(at)
            scheduled += 1
        while due and free:
            free.popleft().send(orders.next(), due.popleft())
        if now > timings.end and not due and not any(c.busy for c in connections):
            break
        await asyncio.sleep(TICK)
    timings.statuses[UNANSWERED] += len(due) + sum(c.busy for c in connections)
    return timings.tally()


async def _connect(load: Load, answered: Answered) -> list[Connection]:
    connect = asyncio.get_running_loop().create_connection
    address = "127.0.0.1", load.port
    return [(await connect(lambda: Connection(answered), *address))[1] for _ in range(load.clients)]


async def _quiet(connections: list[Connection]) -> None:
    """Wait until nothing is under way, for a while."""
    deadline = perf_counter() + TIMEOUT
    while any(connection.busy for connection in connections) and perf_counter() < deadline:
        await asyncio.sleep(0.005)
