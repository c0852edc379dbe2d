"""Processes that are killed with SIGKILL at a named point of what they do.

They are forked from a process that has imported the application already, which takes most of a
second.
"""

import itertools
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, Final

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.bootstrap import bootstrap, restore
from allocation.config import Settings
from allocation.messaging.bus import Handler
from allocation.messaging.registry import Registry
from allocation.service_layer.messagebus import REGISTRY
from tests.chaos.leak import BOUND, report_the_leak
from tests.chaos.simulation.faults import Faults
from tests.chaos.simulation.store import Hooks, StruckStore
from tests.support.storages import sql_store

_CONTEXT: Final = get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])

FILE_EVENTS: Final = (
    *("os.link", "os.rename", "os.remove", "os.chmod", "os.chown", "open", "sqlite3.connect"),
)
"""What Python's audit hooks hear of a restore."""


def exit_code_of(act: Callable[..., None], *arguments: object) -> int | None:
    """How a process of its own ends in which this is done."""
    process = _CONTEXT.Process(target=act, args=arguments)
    process.start()
    process.join()
    return process.exitcode


class Fuse:
    """Blows when a place is passed for the n-th time: `handled@3` is the third time."""

    def __init__(self, point: str) -> None:
        place, _, time = point.partition("@")
        self._place, self._time = place, int(time)
        self._passed: Counter[str] = Counter()

    def pass_by(self, place: str) -> None:
        """Go on, or end here: nothing is closed, nothing is said."""
        self._passed[place] += 1
        if place == self._place and self._passed[place] == self._time:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, handler: Handler) -> Handler:
        """The handler, with a place before and a place after it."""

        def handle(message: Any, uow: Any) -> object:
            self.pass_by("handling")
            result = handler(message, uow)
            self.pass_by("handled")
            return result

        return handle


class _Database(Database):
    """Its connections pass by before they say COMMIT: all is written by then."""

    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url)
        self.fuse = fuse

    def new_transaction_connection(self) -> TransactionConnection:
        return _Connection(self)


class _Connection(TransactionConnection):
    def __init__(self, database: _Database) -> None:
        super().__init__(database.engine)
        self._fuse = database.fuse

    def commit(self) -> None:
        self._fuse.pass_by("flushed")
        super().commit()


def report_the_leak_until(point: str, url: str) -> None:
    """Report it, and be killed at the point; a process that gets past the point has missed it."""
    fuse = Fuse(point)
    hooks = Hooks(Faults(Random(), print, on=False), fuse.pass_by, lambda: None, lambda: None)
    entries = (
        replace(entry, handlers=tuple(map(fuse.around, entry.handlers)))
        for entry in REGISTRY.entries
    )
    report_the_leak(
        bootstrap(
            Settings(url),
            store=StruckStore(sql_store(_Database(url, fuse)), hooks),
            max_group_size=BOUND,
            registry=Registry(*entries),
        )
    )


def restore_until(number: int, folder: Path) -> None:
    """Restore the database of a folder, and be killed when this many things were done to files."""
    warm = shutil.copytree(folder, folder.with_name(f"warm-{number}"))
    _restore_in(warm)  # imports all that is needed
    seen = itertools.count()

    def hear(event: str, _: object) -> None:
        if event in FILE_EVENTS and next(seen) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)
    _restore_in(folder)


def _restore_in(folder: Path) -> None:
    restore(Settings(f"sqlite:///{folder}/stock.db"), folder / "copy.db", lambda _done, _of: None)
