"""Sends pending e-mail at the end of a command, if a mail server is configured."""

from contextlib import suppress
from typing import Final

from allocation.bootstrap import Application
from allocation.entrypoints.cli.console import counted, err, note, safe, single_line
from allocation.errors import Conflict, StoreUnavailable

AT_ONCE: Final = 100
"""The maximum number of e-mails that one command sends, so that the user does not have to wait for
all the mail that a server has left."""


def send(parts: Application) -> None:
    """Deliver due messages; messages that cannot be delivered now stay in the log.

    Without a mail server, all messages stay: another process on this database may have one.
    """
    try:
        if parts.mail_missing is None:
            parts.relay.run(AT_ONCE)
        _report(parts.log_views.outgoing())
    except StoreUnavailable as error:
        reason = safe(single_line(error))
        err.print(f"[yellow]warning:[/] e-mail stays in the log for now: {reason}")


def end_submission(parts: Application, submission: str) -> None:
    """Let the mails about a file be sent; if that fails, they are due a few minutes later."""
    with suppress(StoreUnavailable, Conflict):
        parts.relay.end_submission(submission)


def _report(waiting: int) -> None:
    if waiting:
        emails = counted(waiting, "e-mail waits", "e-mails wait")
        senders = "`allocation serve`, or by a command with ALLOCATION_SMTP_URL"
        note(f"{emails} to be sent by {senders}; see `allocation log unfinished`.")
