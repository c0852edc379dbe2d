"""Ctrl-C during long-running work."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def between_portions() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a flag, which the work checks between two portions.

    No transaction is interrupted then, and the summary is correct. A second Ctrl-C ends the
    work immediately.
    """
    received: list[int] = []
    previous_handler = signal.getsignal(signal.SIGINT)

    def handle(number: int, _frame: object) -> None:
        received.append(number)
        signal.signal(signal.SIGINT, previous_handler)

    if previous_handler is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, handle)
    try:
        yield lambda: bool(received)
    finally:
        signal.signal(signal.SIGINT, previous_handler)
