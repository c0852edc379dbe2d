"""The mails of a command: sent when its work is done, if it knows a mail server."""

from typing import Final

from allocation.bootstrap import Application
from allocation.entrypoints.cli.console import counted, err, in_one_line, safe
from allocation.errors import StoreUnavailable

AT_ONCE: Final = 100
"""Mails that one command sends at the most: others, such as a server, may leave any number, and
nobody need wait at the prompt until all of them are sent."""


def send(parts: Application) -> None:
    """Carry outside what is due; what cannot be carried now stays in the log.

    Where no mail can be sent all of it stays there: a server that has one may share this database.
    """
    try:
        if parts.mail_missing is None:
            parts.relay.run(AT_ONCE)
        _tell(parts.log_views.outgoing())
    except StoreUnavailable as error:
        err.print(f"[yellow]warning:[/] mail stays in the log, for now: {safe(in_one_line(error))}")


def _tell(waiting: int) -> None:
    if waiting:
        mails = counted(waiting, "e-mail waits", "e-mails wait")
        by = "`allocation serve`, or by a command with ALLOCATION_SMTP_URL"
        err.print(f"{mails} to be sent by {by}; see `allocation log unfinished`.")
