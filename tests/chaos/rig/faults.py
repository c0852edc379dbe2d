"""What can happen to servers. Each fault strikes, lasts a while, and is over.

The pauses in here are the faults themselves: nothing is waited for by them.
"""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from tests.chaos.rig.environment import Environment
from tests.chaos.rig.fleet import Post

JUMPS: Final = (-400, -1, 1, 40, 400, 4000)
"""Days."""

Fault = Callable[[Environment, random.Random], None]

LONG: Final = 12.0
"""Seconds: longer than PostgreSQL lets anybody hold up the others (ten)."""


def kill(environment: Environment, rng: random.Random) -> None:
    """`kill -9`; it is started again."""
    post = rng.choice(environment.fleet.posts)
    _kill(environment, post)
    post.start()
    post.until_it_serves()


def kill_all(environment: Environment, rng: random.Random) -> None:
    """The machine of the servers fails."""
    for post in environment.fleet.posts:
        _kill(environment, post)
    for post in environment.fleet.posts:
        post.start()
    for post in environment.fleet.posts:
        post.until_it_serves()


def kill_while_it_starts(environment: Environment, rng: random.Random) -> None:
    """Twice: the second one is killed while it finishes what the first has left, or later."""
    post = rng.choice(environment.fleet.posts)
    _kill(environment, post)
    post.start()
    time.sleep(rng.uniform(0.2, 2.0))
    _kill(environment, post)
    post.start()
    post.until_it_serves()


def pause(environment: Environment, rng: random.Random) -> None:
    """Stopped in the middle of whatever it does, and let go on."""
    _pause(environment, rng, rng.uniform(0.1, 2.5))


def pause_for_long(environment: Environment, rng: random.Random) -> None:
    """So long that PostgreSQL gives it up, and SQLite those who wait for it."""
    _pause(environment, rng, LONG)


def kill_while_it_is_stopped(environment: Environment, rng: random.Random) -> None:
    """It does not go on: what it held is free only now."""
    post = rng.choice(environment.fleet.posts)
    post.stop()
    environment.tally["pauses"] += 1
    time.sleep(rng.uniform(0.1, 2.5))
    _kill(environment, post)
    post.start()
    post.until_it_serves()


def end(environment: Environment, rng: random.Random) -> None:
    """Ended as an operator does it (SIGTERM), and started again."""
    post = rng.choice(environment.fleet.posts)
    code = post.end()
    environment.tally["orderly ends"] += 1
    if code != 0:
        post.fell_by_itself.append(code)
    post.start()
    post.until_it_serves()


def trouble_with_mail(environment: Environment, rng: random.Random) -> None:
    """The mail server is down, or takes nothing, until the next time that it is asked for."""
    environment.mail_server.have_trouble(rng)
    environment.tally["troubles with mail"] += 1


def mail_again(environment: Environment, rng: random.Random) -> None:
    """The mail server is back."""
    environment.mail_server.open()


def clock_jump(environment: Environment, rng: random.Random) -> None:
    """A server's clock jumps, until it is put right; the others' go on as they were."""
    post = rng.choice(environment.fleet.posts)
    post.put_the_clock(timedelta(days=rng.choice(JUMPS)))
    environment.tally["clock jumps"] += 1


def clocks_again(environment: Environment, rng: random.Random) -> None:
    """All clocks are right."""
    for post in environment.fleet.posts:
        post.put_the_clock(timedelta())


def import_a_file(environment: Environment, rng: random.Random) -> None:
    """Somebody imports order lines beside the servers; it goes on under the next faults."""
    environment.importer.begin(rng.randint(100, 400), environment.inventory.skus, rng)


def _kill(environment: Environment, post: Post) -> None:
    post.kill()
    environment.tally["kills"] += 1


def _pause(environment: Environment, rng: random.Random, seconds: float) -> None:
    post = rng.choice(environment.fleet.posts)
    post.stop()
    started = time.monotonic()
    time.sleep(seconds)
    post.go_on()
    environment.tally["pauses"] += 1
    environment.longest_pause = max(environment.longest_pause, time.monotonic() - started)
