"""`python -m benchmarks.cascading URL SKU HELD LINES`: what others meet during a cascade.

A batch of the sku grows by so many waiting lines, and shrinks again, while another caller asks for
lines of another sku, one after another. Prints a line of JSON.
"""

import asyncio
import json
import resource
import sys
import time
from dataclasses import dataclass
from typing import Final

from allocation.adapters.sql.engine.compiled_query import CompiledQuery
from allocation.bootstrap import Application, Worker, bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged
from allocation.domain.validation import LARGEST_QUANTITY
from allocation.entrypoints.runtime import reduce_collections
from benchmarks import stock

IDLE: Final = 1_000
"""Requests of the other caller while nothing else is done."""
OTHER: Final = "OTHER"


@dataclass
class Caller:
    """Requests one line after another, and records the time of each answer."""

    worker: Worker
    name: str
    waits: list[float]

    async def call(self) -> None:
        """Request one line."""
        start = time.perf_counter()
        line = AllocationRequired(f"{self.name}-{len(self.waits)}", OTHER, 1)
        answer = await self.worker.submit(line)
        self.waits.append(time.perf_counter() - start)
        if answer.error is not None:
            raise answer.error


async def measure(application: Application, sku: str, held: int, lines: int) -> dict[str, float]:
    """The longest waits in milliseconds, and the seconds of both cascades."""
    worker = application.worker()
    await worker.start()
    run = f"{lines}"
    await worker.submit(BatchCreated(f"other-{run}", OTHER, LARGEST_QUANTITY))
    idle = Caller(worker, f"idle-{run}", [])
    for _ in range(IDLE):
        await idle.call()
    figures = {"idle": max(idle.waits) * 1000}
    for way, qty in (("fill", held + lines), ("release", held)):
        caller, start = Caller(worker, f"{way}-{run}", []), time.perf_counter()
        change = BatchQuantityChanged(stock.batch_of(sku), qty)
        cascade = asyncio.ensure_future(worker.submit(change))
        while not cascade.done():
            await caller.call()
        answer = await cascade
        if answer.error is not None:
            raise answer.error
        figures[f"{way}_seconds"] = time.perf_counter() - start
        await asyncio.to_thread(application.views.moves.page, answer.id)
        figures[way] = max(caller.waits) * 1000
    await worker.stop()
    return figures


def main(url: str, sku: str, held: int, lines: int) -> None:
    """Measure one size, and print it."""
    application = bootstrap(Settings(url))
    # SQLite keeps pages in memory for each connection, up to a bound: the cache is full before.
    with application.database.begin(snapshot=True) as connection:
        for column in ("messages.body", "messages.correlation_id", "order_lines.orderid"):
            table = column.partition(".")[0]
            query = CompiledQuery(f"SELECT max(length({column})) FROM {table}", ())
            connection.fetch_all(query, {})
    reduce_collections()  # as a server does
    figures = asyncio.run(measure(application, sku, held, lines))
    application.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({**figures, "memory": peak}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
