"""`python -m benchmarks.follow PORT FOLLOWERS`: follows the feed until standard input ends.

Writes a line when all streams are open, and in the end the milliseconds from the acceptance of
each event to its arrival at the first of the followers, as JSON.
"""

import asyncio
import json
import re
import sys
import time
from datetime import datetime
from typing import Final

REQUEST: Final = (
    b"GET /events?after=last HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"
)
_TIME: Final = re.compile(rb'"time":"([^"]+)"')
Arrival = tuple[float, bytes]


async def main(port: int, followers: int) -> None:
    """Follow until somebody closes our standard input."""
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(followers)]
    for reader, writer in streams:
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise ValueError(f"the feed was answered with {head!r}")
    arrivals = list[Arrival]()
    tasks = [
        asyncio.create_task(_receive(reader, arrivals if not number else None))
        for number, (reader, _) in enumerate(streams)
    ]
    print("following", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    if ended := sum(task.done() for task in tasks):
        raise ValueError(f"{ended} streams have ended")
    for task in tasks:
        task.cancel()
    print(json.dumps(sorted(_milliseconds(arrivals))))


async def _receive(reader: asyncio.StreamReader, arrivals: list[Arrival] | None) -> None:
    while part := await reader.read(1 << 18):
        if arrivals is not None:  # evaluated at the end: the load must not wait for it
            arrivals.append((time.time(), part))


def _milliseconds(arrivals: list[Arrival]) -> list[float]:
    """An event that is cut in two parts has the time of its first one, or is left out."""
    return [
        1000 * (at - datetime.fromisoformat(accepted.decode()).timestamp())
        for at, part in arrivals
        for accepted in _TIME.findall(part)
    ]


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
