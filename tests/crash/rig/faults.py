"""What can happen to servers. Each fault strikes, lasts a while, and is over.

The pauses in here are the faults themselves: nothing is waited for by them.
"""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from tests.crash.rig.fleet import Post
from tests.crash.rig.stage import Stage

JUMPS: Final = (-400, -1, 1, 40, 400, 4000)
"""Days."""

Fault = Callable[[Stage, random.Random], None]

LONG: Final = 12.0
"""Seconds: longer than PostgreSQL lets anybody hold up the others (ten)."""


def kill(stage: Stage, chance: random.Random) -> None:
    """`kill -9`; it is started again."""
    post = chance.choice(stage.fleet.posts)
    _kill(stage, post)
    post.start()
    post.until_it_serves()


def kill_all(stage: Stage, chance: random.Random) -> None:
    """The machine of the servers fails."""
    for post in stage.fleet.posts:
        _kill(stage, post)
    for post in stage.fleet.posts:
        post.start()
    for post in stage.fleet.posts:
        post.until_it_serves()


def kill_while_it_starts(stage: Stage, chance: random.Random) -> None:
    """Twice: the second one is killed while it finishes what the first has left, or later."""
    post = chance.choice(stage.fleet.posts)
    _kill(stage, post)
    post.start()
    time.sleep(chance.uniform(0.2, 2.0))
    _kill(stage, post)
    post.start()
    post.until_it_serves()


def pause(stage: Stage, chance: random.Random) -> None:
    """Stopped in the middle of whatever it does, and let go on."""
    _pause(stage, chance, chance.uniform(0.1, 2.5))


def pause_for_long(stage: Stage, chance: random.Random) -> None:
    """So long that PostgreSQL gives it up, and SQLite those who wait for it."""
    _pause(stage, chance, LONG)


def kill_while_it_is_stopped(stage: Stage, chance: random.Random) -> None:
    """It does not go on: what it held is free only now."""
    post = chance.choice(stage.fleet.posts)
    post.stop()
    stage.tally["pauses"] += 1
    time.sleep(chance.uniform(0.1, 2.5))
    _kill(stage, post)
    post.start()
    post.until_it_serves()


def end(stage: Stage, chance: random.Random) -> None:
    """Ended as an operator does it (SIGTERM), and started again."""
    post = chance.choice(stage.fleet.posts)
    code = post.end()
    stage.tally["orderly ends"] += 1
    if code != 0:
        post.fell_by_itself.append(code)
    post.start()
    post.until_it_serves()


def trouble_with_mail(stage: Stage, chance: random.Random) -> None:
    """The mail server is down, or takes nothing, until the next time that it is asked for."""
    stage.office.have_trouble(chance)
    stage.tally["troubles with mail"] += 1


def mail_again(stage: Stage, chance: random.Random) -> None:
    """The mail server is back."""
    stage.office.open()


def clock_jump(stage: Stage, chance: random.Random) -> None:
    """A server's clock jumps, until it is put right; the others' go on as they were."""
    post = chance.choice(stage.fleet.posts)
    post.put_the_clock(timedelta(days=chance.choice(JUMPS)))
    stage.tally["clock jumps"] += 1


def clocks_again(stage: Stage, chance: random.Random) -> None:
    """All clocks are right."""
    for post in stage.fleet.posts:
        post.put_the_clock(timedelta())


def import_a_file(stage: Stage, chance: random.Random) -> None:
    """Somebody imports order lines beside the servers; it goes on under the next faults."""
    stage.importer.begin(chance.randint(100, 400), stage.market.skus, chance)


def _kill(stage: Stage, post: Post) -> None:
    post.kill()
    stage.tally["kills"] += 1


def _pause(stage: Stage, chance: random.Random, seconds: float) -> None:
    post = chance.choice(stage.fleet.posts)
    post.stop()
    started = time.monotonic()
    time.sleep(seconds)
    post.go_on()
    stage.tally["pauses"] += 1
    stage.longest_pause = max(stage.longest_pause, time.monotonic() - started)
