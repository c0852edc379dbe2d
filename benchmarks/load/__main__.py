"""`python -m benchmarks.load`: reads a `Load` from standard input, writes a `Tally`."""

import asyncio
import sys

import msgspec

from benchmarks.load import client
from benchmarks.load.spec import Load


def main() -> None:
    """Run one load, on uvloop where there is one."""
    load = msgspec.json.decode(sys.stdin.buffer.read(), type=Load)
    if sys.platform == "win32":
        tally = asyncio.run(client.run(load))
    else:
        import uvloop  # noqa: PLC0415 - there is none on Windows

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            tally = runner.run(client.run(load))
    sys.stdout.buffer.write(msgspec.json.encode(tally))


if __name__ == "__main__":
    main()
