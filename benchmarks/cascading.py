"""`python -m benchmarks.cascading URL SKU HELD LINES`: what others meet during a cascade.

A batch of the sku grows by so many waiting lines, and shrinks again; and as many lines of a third
sku move from one batch to another. Meanwhile another caller asks for lines of another sku, one
after another. Each correction is answered as a server answers it. Prints a line of JSON.
"""

import asyncio
import json
import resource
import sys
import time
from dataclasses import dataclass
from typing import Final

from allocation.adapters.sql.engine.compiled_query import CompiledQuery
from allocation.bootstrap import Answer, Application, Worker, bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged
from allocation.domain.validation import LARGEST_QUANTITY
from allocation.entrypoints.runtime import reduce_collections
from benchmarks import stock

IDLE: Final = 1_000
"""Requests of the other caller while nothing else is done."""
OTHER: Final = "OTHER"
MOVED: Final = "MOVED"
"""The sku whose lines move from batch to batch."""
LAST_PAGE: Final = -(2**62)
"""The cursor behind all allocations: what follows is the lines left waiting, if there are any."""
CHUNK: Final = 1_000
"""Lines of that sku that are handled at once before the measurement."""


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


def prepare_moves(application: Application, lines: int) -> BatchQuantityChanged:
    """Allocate lines to a batch, and add room for all of them; the correction that moves them."""
    sku, source = f"{MOVED}-{lines}", f"from-{lines}"
    application.handle(BatchCreated(source, sku, lines))
    for chunk in range(0, lines, CHUNK):
        numbers = range(chunk, min(chunk + CHUNK, lines))
        application.handle_all(AllocationRequired(f"moved-{n}", sku, 1) for n in numbers)
    application.handle(BatchCreated(f"to-{lines}", sku, lines))
    return BatchQuantityChanged(source, 0)


async def measure(application: Application, sku: str, held: int, lines: int) -> dict[str, float]:
    """The longest waits in milliseconds, and the seconds of the cascades and of their answers."""
    move = prepare_moves(application, lines)
    worker = application.worker()
    await worker.start()
    run = f"{lines}"
    await worker.submit(BatchCreated(f"other-{run}", OTHER, LARGEST_QUANTITY))
    idle = Caller(worker, f"idle-{run}", [])
    for _ in range(IDLE):
        await idle.call()
    figures = {"idle": max(idle.waits) * 1000}
    ref, answers = stock.batch_of(sku), []
    changes = {
        "fill": BatchQuantityChanged(ref, held + lines),
        "release": BatchQuantityChanged(ref, held),
        "move": move,
    }
    for way, change in changes.items():
        caller, start = Caller(worker, f"{way}-{run}", []), time.perf_counter()
        cascade = asyncio.ensure_future(worker.submit(change))
        while not cascade.done():
            await caller.call()
        answer = await cascade
        if answer.error is not None:
            raise answer.error
        figures[f"{way}_seconds"] = time.perf_counter() - start
        figures[way] = max(caller.waits) * 1000
        answers.append(await asyncio.to_thread(present, application, change, answer))
    figures["answer_seconds"] = max(seconds for seconds, _ in answers)
    figures["page_seconds"] = max(seconds for _, seconds in answers)
    await worker.stop()
    return figures


def present(
    application: Application, change: BatchQuantityChanged, answer: Answer
) -> tuple[float, float]:
    """Present the answer, and list the last page of its moves; the seconds of both."""
    start = time.perf_counter()
    entry = application.registry.incoming[application.registry.name(change)]
    application.present(entry.as_incoming, change, answer)
    presented = time.perf_counter()
    application.views.moves.page(answer.id, LAST_PAGE)
    return presented - start, time.perf_counter() - presented


def fill_caches(application: Application) -> None:
    """Read the tables: SQLite keeps pages in memory for each connection, up to a bound."""
    columns = "messages.body", "messages.correlation_id", "order_lines.orderid"
    for column in columns:
        statement = f"SELECT max(length({column})) FROM {column.partition('.')[0]}"
        with application.database.begin(snapshot=True) as connection:
            connection.fetch_all(CompiledQuery(statement, ()), {})
        with application.database.reading() as reading:
            reading.exec_driver_sql(statement).all()


def main(url: str, sku: str, held: int, lines: int) -> None:
    """Measure one size, and print it."""
    application = bootstrap(Settings(url))
    fill_caches(application)
    reduce_collections()  # as a server does
    figures = asyncio.run(measure(application, sku, held, lines))
    application.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({**figures, "memory": peak}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
