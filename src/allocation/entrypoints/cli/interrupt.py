"""Ctrl-C in the middle of long work."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

EXIT_CODE: Final = 130


@contextmanager
def between_portions() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C be a wish, which the work asks for between two portions.

    So no transaction is torn apart, and what is told at the end is true. The second one
    ends the work wherever it is.
    """
    wished: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    def wish(number: int, _frame: object) -> None:
        wished.append(number)
        signal.signal(signal.SIGINT, before)

    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, wish)
    try:
        yield lambda: bool(wished)
    finally:
        signal.signal(signal.SIGINT, before)
