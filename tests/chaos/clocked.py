"""Serves as `allocation serve` does, by a clock that can be put forward and back as it runs.

    python clocked.py CLOCK PORT DATABASE-URL

The file CLOCK holds how many seconds the clock is ahead of the machine's.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

from allocation.bootstrap import now
from allocation.entrypoints import logs
from allocation.entrypoints.cli.console import settings
from allocation.entrypoints.cli.main import run
from allocation.entrypoints.cli.serve import serve_on


def main(file: str, port: str, database: str) -> None:
    """Serve until it is ended, or ends itself."""
    clock = Path(file)

    def time() -> datetime:
        return now() + timedelta(seconds=float(clock.read_text()))

    serve_on("127.0.0.1", int(port), settings(database), clock=time)


if __name__ == "__main__":
    logs.configure()
    run(lambda: main(*sys.argv[1:]))
