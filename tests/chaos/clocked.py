"""Serves as `allocation serve` does, with faults that a run brings about in it as it runs.

    python clocked.py CLOCK PORT DATABASE-URL [skipping]

The file CLOCK holds how many seconds the clock is ahead of the machine's. If there is a file
CLOCK.slow, the next transaction stays open for the seconds in it before it is committed.
A `skipping` server has a bug: its feed is all that is committed, whatever is still to come.
"""

import sys
import time as system_time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.message_log import horizon
from allocation.bootstrap import now
from allocation.entrypoints import logs
from allocation.entrypoints.cli.console import settings
from allocation.entrypoints.cli.main import run
from allocation.entrypoints.cli.serve import serve_on
from allocation.messaging.sync_bridge import run_blocking

SKIPPING: Final = "skipping"


def main(file: str, port: str, database: str, bug: str = "") -> None:
    """Serve until it is ended, or ends itself."""
    clock = Path(file)

    def time() -> datetime:
        return now() + timedelta(seconds=float(clock.read_text()))

    commit_slowly_when_asked(slow_file(clock))
    if bug == SKIPPING:
        skip_what_is_committed_late()
    serve_on("127.0.0.1", int(port), settings(database), clock=time)


def slow_file(clock: Path) -> Path:
    """The file that makes the next transaction slow."""
    return clock.with_name(f"{clock.name}.slow")


def commit_slowly_when_asked(file: Path) -> None:
    """A transaction that has its locks and its messages stays open while the file says so."""
    commit = TransactionConnection.commit

    def slow_commit(self: TransactionConnection) -> None:
        if self._begun and file.exists():
            seconds = float(file.read_text())
            file.unlink(missing_ok=True)
            run_blocking(partial(system_time.sleep, seconds))
        commit(self)

    TransactionConnection.commit = slow_commit  # type: ignore[method-assign]


def skip_what_is_committed_late() -> None:
    """The feed goes on after the last number that is committed."""

    def advance(self: horizon.Horizon, driver: TransactionConnection) -> None:
        [(self.last,)] = driver.fetch_all(horizon._LAST["sqlite"], {})
        self.settled = self.last

    horizon.Horizon.advance = advance  # type: ignore[method-assign]


if __name__ == "__main__":
    logs.configure()
    run(lambda: main(*sys.argv[1:]))
