"""Many threads at once."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TypeVar

from allocation.messaging.errors import Conflict

Result = TypeVar("Result")


def concurrently(size: int, act: Callable[[int], Result]) -> list[Result]:
    """Let `size` threads act at the same moment; what each of them returned."""
    start = Barrier(size)

    def wait_and_act(number: int) -> Result:
        start.wait(timeout=30)
        return act(number)

    with _hasty_switching(), ThreadPoolExecutor(size) as threads:
        return list(threads.map(wait_and_act, range(size)))


def until_no_conflict(act: Callable[[], Result]) -> Result:
    """Try again whenever somebody else was faster."""
    while True:
        try:
            return act()
        except Conflict:
            continue


@contextmanager
def _hasty_switching() -> Iterator[None]:
    # Else a thread of Python often does all of its work before the next one is let in.
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
