"""The mail server, and when it is down."""

import random
from contextlib import ExitStack

from tests.support.mail import MailServer
from tests.support.waiting import wait_until

REFUSAL = "451 come back later"


class UnreliableMailServer:
    """Open, closed, or open and refusing."""

    def __init__(self) -> None:
        self._server = MailServer()
        self._hours = ExitStack()
        self._is_open = False

    @property
    def settings(self) -> dict[str, str]:
        """What a server must know to send mail here."""
        return {**self._server.settings, "ALLOCATION_SALES_EMAIL": "sales@shop.example"}

    @property
    def message_ids(self) -> list[str]:
        """Of the messages of which mails were delivered, as often as they were."""
        ids = [str(mail["Message-ID"]) for mail in list(self._server.inbox.mails)]
        return [id.removeprefix("<").removesuffix("@allocation>") for id in ids]

    def open(self) -> None:
        """Take mail from now on."""
        self._server.inbox.refusing = None
        if not self._is_open:
            wait_until(self._opened, "the mail server is up again")

    def close(self) -> None:
        """Be down."""
        self._hours.close()
        self._is_open = False

    def have_trouble(self, rng: random.Random) -> None:
        """Close, or be there and take nothing."""
        if rng.random() < 0.5:
            self.close()
        else:
            self._server.inbox.refusing = REFUSAL

    def _opened(self) -> bool:
        try:
            self._hours.enter_context(self._server.up())
        except OSError:
            return False  # somebody's connection has its port for a moment
        self._is_open = True
        return True
