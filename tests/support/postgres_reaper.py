"""Stops a PostgreSQL server and clears its folder away when the test run is gone.

A script. The test run holds the other end of its standard input: however the run ends,
also when it is killed, that end is closed, and then this goes to work.
"""

import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # comes without types


def stop_server(data: Path) -> None:
    """Let a server that still runs stop at once."""
    with suppress(OSError, ValueError, psutil.Error):
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
        psutil.Process(pid).wait(timeout=10)


def main(folder: Path) -> None:
    """Wait for the end of the test run, then clear away what it has left."""
    sys.stdin.read()
    stop_server(folder / "data")
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
