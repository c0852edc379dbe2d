"""Changes that another client makes while a page is open."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from tests.support.browser_shops import Message, batch
from tests.support.browser_sites import Site

AT_ONCE: Final = 20
"""The number of changes in a request, so that there are many."""


def quantities(ref: str, count: int, first: int = 1_000) -> list[Message]:
    """So many changes of a batch's quantity, each by one unit."""
    return [
        {"type": "BatchQuantityChanged", "ref": ref, "qty": first + number}
        for number in range(1, count + 1)
    ]


@contextmanager
def changing(site: Site, changes: Sequence[Message]) -> Iterator[Callable[[], None]]:
    """Send changes from a thread of its own; the function waits until all are sent."""
    stopped, errors = Event(), list[Exception]()

    def send() -> None:
        try:
            for first in range(0, len(changes), AT_ONCE):
                if stopped.is_set():
                    return
                site.send(*changes[first : first + AT_ONCE])
        except Exception as error:  # raised again in the test
            errors.append(error)

    def finish() -> None:
        thread.join()
        if errors:
            raise errors[0]

    thread = Thread(target=send)
    thread.start()
    try:
        yield finish
    finally:
        stopped.set()
        finish()


def stocked(site: Site, sku: str, ref: str, qty: int = 1_000) -> None:
    """Add a product with one batch."""
    site.send(batch(ref, sku, qty))
