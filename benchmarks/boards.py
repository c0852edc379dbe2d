"""`python -m benchmarks.boards PORT BOARDS`: open boards, until standard input ends.

Each follows `/board/changes` and reads its page again as `board.js` does: not more often than
every `PACE` seconds, with the ETag of its last answer. The first one shows a product whose stock
another client changes now and then.

Writes a line when all pages are open, and in the end, as JSON, how often pages were read, how
often without success, and the milliseconds from each change to the page that shows it.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import httpx

PACE: Final = 1.0
"""Seconds between two refreshes, as in `board.js`."""

PAUSE: Final = 0.3
"""Seconds between two changes of the product that is watched."""

SKU: Final = "WATCHED"
BATCH: Final = "BATCH-OF-WATCHED"
WATCHED: Final = f"/board/stock/{SKU}"
PAGES: Final = ("/board/stock", "/board/stock/SKU-00001", "/board/stock/SKU-00002")

_IN_STOCK: Final = re.compile('id="figure-1">([\\d\N{NARROW NO-BREAK SPACE}]+)<')


@dataclass
class Board:
    """A page that is open in a browser.

    Attributes:
        in_stock: the units that the page of a product shows.
        reads: the number of times that the page was read.
        failures: the number of times that the server did not have it.
    """

    client: httpx.AsyncClient
    path: str
    in_stock: int = 0
    reads: int = 0
    failures: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    read: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self, opened: asyncio.Event) -> None:
        """Follow the changes."""
        async with self.client.stream("GET", "/board/changes") as answer:
            answer.raise_for_status()
            opened.set()
            async for line in answer.aiter_lines():
                if line == "event: changed":
                    self.changed.set()

    async def refresh(self) -> None:
        """Read the page again when something has changed."""
        etag = ""
        while True:
            await self.changed.wait()
            self.changed.clear()
            answer = await self.client.get(
                self.path, headers={"Accept": "text/html", "If-None-Match": etag}
            )
            self.reads += 1
            if answer.status_code >= 500:  # the board tries again at the next change
                self.failures += 1
            elif answer.status_code != 304:
                answer.raise_for_status()
                etag = answer.headers.get("ETag", "")
                match = _IN_STOCK.search(answer.text)
                self.in_stock = int("".join(match[1].split())) if match else 0
                self.read.set()
            await asyncio.sleep(PACE)


async def main(port: int, boards: int) -> None:
    """Keep the boards open until somebody closes our standard input."""
    address = f"http://127.0.0.1:{port}"
    limits = httpx.Limits(max_connections=4 * boards)
    async with httpx.AsyncClient(base_url=address, timeout=None, limits=limits) as client:
        added = await client.post("/add_batch", json={"ref": BATCH, "sku": SKU, "qty": 1})
        if added.status_code not in (201, 409):
            added.raise_for_status()
        first = Board(client, WATCHED)
        others = [Board(client, PAGES[number % len(PAGES)]) for number in range(1, boards)]
        delays, measured = list[float](), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            tasks = await _open(group, [first, *others])
            tasks.append(group.create_task(_change(client, first, delays, measured)))
            print("open", flush=True)
            await asyncio.to_thread(sys.stdin.read)
            await measured.wait()
            for task in tasks:
                task.cancel()
    reads = sum(board.reads for board in (first, *others))
    failures = sum(board.failures for board in (first, *others))
    print(json.dumps({"reads": reads, "failures": failures, "delays": sorted(delays)}))


async def _open(group: asyncio.TaskGroup, boards: list[Board]) -> list[asyncio.Task[None]]:
    """Open the boards; their pages have been read when this returns."""
    tasks = list[asyncio.Task[None]]()
    for board in boards:
        opened = asyncio.Event()
        tasks.append(group.create_task(board.follow(opened)))
        tasks.append(group.create_task(board.refresh()))
        await opened.wait()
        board.changed.set()  # a browser reads the page when the stream is open
        await board.read.wait()
    return tasks


async def _change(
    client: httpx.AsyncClient, board: Board, delays: list[float], measured: asyncio.Event
) -> None:
    """Change the stock again and again, and wait until the page shows it."""
    for qty in count(time.time_ns() % 1_000_000 * 100 + 1):
        await asyncio.sleep(PAUSE)
        start = time.perf_counter()
        change = {"ref": BATCH, "qty": qty}
        (await client.post("/change_batch_quantity", json=change)).raise_for_status()
        while board.in_stock != qty:
            board.read.clear()
            await board.read.wait()
        delays.append(1000 * (time.perf_counter() - start))
        measured.set()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
