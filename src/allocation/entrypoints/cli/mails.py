"""The mails of a command: sent when its work is done, and told of in a few lines."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from allocation.bootstrap import Application
from allocation.entrypoints.cli.console import counted, err, safe
from allocation.errors import StoreUnavailable

SHOWN: Final = 3
"""Mails that a command shows when there is no mail server to send them."""

_LOGGED_BY: Final = "allocation.adapters.email"


def send(parts: Application) -> None:
    """Carry outside what is due; what cannot be carried now stays in the log."""
    with _a_few_shown():
        try:
            parts.relay.run()
        except StoreUnavailable as error:
            err.print(f"[yellow]warning:[/] mail stays in the log, for now: {safe(error)}")


class _First(logging.Filter):
    """Lets the first ones pass, and counts the others."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = 0
        self.withheld = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno > logging.INFO:
            return True
        self._shown += 1
        if self._shown > SHOWN:
            self.withheld += 1
        return self._shown <= SHOWN


@contextmanager
def _a_few_shown() -> Iterator[None]:
    first, logger = _First(), logging.getLogger(_LOGGED_BY)
    logger.addFilter(first)
    try:
        yield
    finally:
        logger.removeFilter(first)
        if first.withheld:
            more = counted(first.withheld, "more e-mail", "more e-mails")
            err.print(f"and {more} like these. They are sent when ALLOCATION_SMTP_URL is set.")
