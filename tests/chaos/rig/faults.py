"""The faults of a run: each strikes, lasts a while, and is over.

The pauses in here are the faults themselves: nothing is waited for by them.
"""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from tests.chaos.rig.environment import Environment
from tests.chaos.rig.fleet import SupervisedServer

JUMPS: Final = (-400, -1, 1, 40, 400, 4000)
"""Days."""

Fault = Callable[[Environment, random.Random], None]

LONG: Final = 12.0
"""Seconds: longer than PostgreSQL lets anybody hold up the others (ten)."""


def kill(environment: Environment, rng: random.Random) -> None:
    """`kill -9`; it is started again."""
    server = rng.choice(environment.fleet.servers)
    _kill(environment, server)
    server.start()
    server.until_it_serves()


def kill_all(environment: Environment, rng: random.Random) -> None:
    """The machine of the servers fails."""
    for server in environment.fleet.servers:
        _kill(environment, server)
    for server in environment.fleet.servers:
        server.start()
    for server in environment.fleet.servers:
        server.until_it_serves()


def kill_while_it_starts(environment: Environment, rng: random.Random) -> None:
    """Twice: the second one is killed while it finishes what the first has left, or later."""
    server = rng.choice(environment.fleet.servers)
    _kill(environment, server)
    server.start()
    time.sleep(rng.uniform(0.2, 2.0))
    _kill(environment, server)
    server.start()
    server.until_it_serves()


def pause(environment: Environment, rng: random.Random) -> None:
    """A process is stopped, and goes on after a pause."""
    _pause(environment, rng, rng.uniform(0.1, 2.5))


def pause_for_long(environment: Environment, rng: random.Random) -> None:
    """A pause so long that PostgreSQL ends the connection, and waiters on SQLite give up."""
    _pause(environment, rng, LONG)


def kill_while_it_is_stopped(environment: Environment, rng: random.Random) -> None:
    """A stopped process is killed, which frees its locks only then."""
    server = rng.choice(environment.fleet.servers)
    server.stop()
    environment.tally["pauses"] += 1
    time.sleep(rng.uniform(0.1, 2.5))
    _kill(environment, server)
    server.start()
    server.until_it_serves()


def end(environment: Environment, rng: random.Random) -> None:
    """The process is ended with SIGTERM, and started again."""
    server = rng.choice(environment.fleet.servers)
    server.end()
    environment.tally["orderly ends"] += 1
    server.start()
    server.until_it_serves()


def slow_transaction(environment: Environment, rng: random.Random) -> None:
    """The next transaction of a server keeps its locks and its messages for seconds."""
    rng.choice(environment.fleet.servers).slow_down(rng.uniform(1.0, 6.0))
    environment.tally["slow transactions"] += 1


def trouble_with_mail(environment: Environment, rng: random.Random) -> None:
    """The mail server is down, or takes nothing, until the next time that it is asked for."""
    environment.mail_server.have_trouble(rng)
    environment.tally["troubles with mail"] += 1


def mail_again(environment: Environment, rng: random.Random) -> None:
    """The mail server is back."""
    environment.mail_server.open()


def clock_jump(environment: Environment, rng: random.Random) -> None:
    """A server's clock jumps, until it is put right; the others' go on as they were."""
    server = rng.choice(environment.fleet.servers)
    server.set_clock(timedelta(days=rng.choice(JUMPS)))
    environment.tally["clock jumps"] += 1


def clocks_right(environment: Environment, rng: random.Random) -> None:
    """All clocks are right."""
    for server in environment.fleet.servers:
        server.set_clock(timedelta())


def import_a_file(environment: Environment, rng: random.Random) -> None:
    """A file of order lines is imported, which goes on during the next faults."""
    environment.importer.begin(rng.randint(100, 400), environment.inventory.skus, rng)


def _kill(environment: Environment, server: SupervisedServer) -> None:
    server.kill()
    environment.tally["kills"] += 1


def _pause(environment: Environment, rng: random.Random, seconds: float) -> None:
    server = rng.choice(environment.fleet.servers)
    server.stop()
    started = time.monotonic()
    time.sleep(seconds)
    server.go_on()
    environment.tally["pauses"] += 1
    environment.longest_pause = max(environment.longest_pause, time.monotonic() - started)
