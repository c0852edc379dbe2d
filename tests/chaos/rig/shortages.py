"""Faults of what servers lean on: the database, the disk, the processor."""

import os
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from tests.chaos.rig.environment import Environment
from tests.chaos.rig.postgres_server import Mode

SPINNERS: Final = 5
"""Busy processes with which a starving server shares one processor."""

_SPIN: Final = "while True: pass"


def restart_the_database(environment: Environment, rng: random.Random) -> None:
    """Those who are connected are sent away; it is back soon."""
    _take_the_database_away(environment, "fast", rng.uniform(0, 1))


def crash_the_database(environment: Environment, rng: random.Random) -> None:
    """It ends as if the power failed; it is back soon."""
    _take_the_database_away(environment, "immediate", rng.uniform(0, 1))


def do_without_the_database(environment: Environment, rng: random.Random) -> None:
    """It is away for longer than the servers try (five seconds): they say 503."""
    _take_the_database_away(environment, rng.choice(("fast", "immediate")), 8)


def fill_the_disk(environment: Environment, rng: random.Random) -> None:
    """There is no more room for what the server writes; later there is.

    By `RLIMIT_FSIZE`, which is set for the process as it runs, and lifted for it as it
    runs, or by its end: nothing in it need know, the log of SQLite is struck as well as
    its file, and a write may be cut off in the middle. `PRAGMA max_page_count` would have
    to be said on the server's own connection, and lets the log grow.
    """
    server = rng.choice(environment.fleet.servers)
    room = rng.choice((0, 40_000, environment.file.stat().st_size))
    with _little_room(server.pid, room):
        time.sleep(rng.choice((1, 2, 7)))
    environment.tally["full disks"] += 1
    if rng.random() < 0.3:
        server.kill()
        server.start()
        server.until_it_serves()
        environment.tally["kills"] += 1


def replace_the_file(environment: Environment, rng: random.Random) -> None:
    """Somebody moves the database away, and may put an older one in its place.

    The servers must notice and end; then the true file, with its log, is put back. Nobody imports
    meanwhile: a command that begins then cannot know that the file is another one.
    """
    environment.importer.settle()
    with _moved_away(environment.file) as path:
        if rng.random() < 0.5:
            shutil.copyfile(environment.older_file, path)
        for server in environment.fleet.servers:
            server.expect_end("the file of its database had been replaced")
    for server in environment.fleet.servers:
        server.start()
    for server in environment.fleet.servers:
        server.until_it_serves()
    environment.tally["replaced files"] += 1


def starve(environment: Environment, rng: random.Random) -> None:
    """All of a server's threads share one processor with busy processes."""
    server = rng.choice(environment.fleet.servers)
    processor = rng.choice(sorted(os.sched_getaffinity(0)))
    with ExitStack() as stack:
        stack.enter_context(_kept_to(processor, server.pid))
        for _ in range(SPINNERS):
            spinner = stack.enter_context(subprocess.Popen([sys.executable, "-c", _SPIN]))
            stack.callback(spinner.kill)
            os.sched_setaffinity(spinner.pid, {processor})
        time.sleep(rng.uniform(1, 3))
    environment.tally["times of starving"] += 1


@contextmanager
def _moved_away(path: Path) -> Iterator[Path]:
    aside = path.with_name("aside")
    aside.mkdir()
    names = [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]
    for name in names:
        if name.exists():
            name.rename(aside / name.name)
    try:
        yield path
    finally:
        for name in names:
            name.unlink(missing_ok=True)
            if (aside / name.name).exists():
                (aside / name.name).rename(name)
        aside.rmdir()


def _take_the_database_away(environment: Environment, mode: Mode, seconds: float) -> None:
    assert environment.postgres_server is not None, "only a server can be restarted"
    environment.postgres_server.stop(mode)
    try:
        time.sleep(seconds)
    finally:
        environment.postgres_server.start()
    environment.tally[f"{mode} restarts of the database"] += 1


@contextmanager
def _little_room(pid: int, size: int) -> Iterator[None]:
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _kept_to(processor: int, pid: int) -> Iterator[None]:
    everywhere = os.sched_getaffinity(pid)
    _keep_threads(pid, {processor})
    try:
        yield
    finally:
        _keep_threads(pid, everywhere)


def _keep_threads(pid: int, processors: set[int]) -> None:
    # The system knows processors of threads only, not of processes.
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):  # it may have ended meanwhile
            os.sched_setaffinity(int(thread.name), processors)
