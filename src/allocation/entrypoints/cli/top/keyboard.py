"""Waits for a key that ends a live view."""

import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

QUIT: Final = frozenset(b"qQ")


@contextmanager
def until_quit() -> Iterator[Callable[[float], bool]]:
    """A function that waits for so many seconds, and returns whether `q` was pressed meanwhile.

    Where keys cannot be read one by one, it only waits.
    """
    if sys.platform == "win32" or sys.stdin is None or not sys.stdin.isatty():
        yield _wait
        return
    # Imported here because Windows has none of them.
    import termios  # noqa: PLC0415
    import tty  # noqa: PLC0415

    terminal = sys.stdin.fileno()
    settings = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield lambda seconds: _is_quit(terminal, seconds)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, settings)


def _wait(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _is_quit(terminal: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            pressed = os.read(terminal, 64)
            if not pressed or QUIT.intersection(pressed):  # nothing: the terminal has gone
                return True
    return False
