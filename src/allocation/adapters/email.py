"""E-mail: over SMTP where a server is configured, else to the log.

`send` is called through this module, as the chapter does: it has no parameter for the delivery.
So a handler of the destination "mail" runs inside `Mailer.sending`, which says for the length of
the call which application's mail it is, and which delivery.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from email.header import Header
from email.headerregistry import Address
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from typing import Any, Final, NamedTuple

from allocation.adapters import smtp
from allocation.config import EmailSettings, SmtpServer, addresses
from allocation.messaging.deliveries import Delivery, DeliveryHandler
from allocation.messaging.errors import DeliveryRefused, DeliverySkipped

logger = logging.getLogger(__name__)

THE_CHAPTERS: Final = EmailSettings(recipients=(Address("", "stock", "made.com"),))
"""Those of the bare bus: the chapter's tests expect this address, and nothing is sent to it."""

REMEMBERED: Final = 1000
"""Mails that some recipients have accepted and others have not."""


class Mailer:
    """Sends the mails of one application.

    A mail may be accepted for some recipients and refused for others. The next attempt of the
    same process goes to the others only; a process that was started anew sends it to all.
    """

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings
        self._accepted: OrderedDict[str, set[str]] = OrderedDict()  # by the id of the delivery

    @property
    def recipients(self) -> str:
        """The addresses of those who buy stock, with commas between them; empty without any."""
        return ", ".join(map(str, self._settings.recipients))

    def handler(self, handle: Callable[[Any, Any], object]) -> DeliveryHandler:
        """The handler of a delivery, in which `email.send` sends this application's mail."""

        def deliver(message: object, delivery: Delivery) -> None:
            with self.sending(delivery):
                handle(message, delivery)

        return deliver

    @contextmanager
    def sending(self, delivery: Delivery | None = None) -> Iterator[None]:
        """Let `email.send` send this application's mail, as this delivery."""
        token = _call.set(_Call(self, delivery))
        try:
            yield
        finally:
            _call.reset(token)

    def send(self, to: str, text: str, delivery: Delivery | None = None) -> None:
        """Send a mail whose subject and body are `text`.

        Raises:
            ConnectionError: the mail server cannot be reached, takes too long, or does not take
                it now; or no setting names one, but one did before, and may again.
            DeliveryRefused: the mail server does not take it, and will not later.
            DeliverySkipped: there is no mail server, or nobody to send it to; it is in the log.
        """
        settings = self._settings
        if settings.server is None or not to:
            _write_to_log(to, text, settings.missing or "it has no recipient", delivery)
            return
        recipients = addresses.parse(to)
        accepted = set() if delivery is None else set(self._accepted.get(delivery.id, ()))
        left = [one.addr_spec for one in recipients if one.addr_spec not in accepted]
        content = _content(settings.sender, recipients, text, delivery)
        mail = smtp.Mail(settings.sender.addr_spec, left, content)
        refused = smtp.send(settings.server, mail, settings.timeout)
        if delivery is not None:
            self._remember(delivery.id, accepted | (set(left) - refused.keys()), all=not refused)
        if refused:
            taken = [one for one in left if one not in refused]
            raise _partly_refused(settings.server, refused, taken)

    def _remember(self, id: str, accepted: set[str], *, all: bool) -> None:
        self._accepted.pop(id, None)
        if not all:
            self._accepted[id] = accepted
            while len(self._accepted) > REMEMBERED:
                self._accepted.popitem(last=False)


class _Call(NamedTuple):
    mailer: Mailer
    delivery: Delivery | None


_call: ContextVar[_Call | None] = ContextVar("mail_call", default=None)


def _current_call() -> _Call:
    return _call.get() or _Call(Mailer(THE_CHAPTERS), None)


def stock_address() -> str:
    """The addresses of those who buy stock, with commas between them; empty if there are none."""
    return _current_call().mailer.recipients


def send(to: str, text: str) -> None:
    """Send a mail whose subject and body are `text`.

    Raises:
        Exception: those of `Mailer.send`.
    """
    mailer, delivery = _current_call()
    mailer.send(to, text, delivery)


def _write_to_log(to: str, text: str, why: str, delivery: Delivery | None) -> None:
    if delivery is not None and delivery.error is not None:  # also of a replayed dead letter
        raise ConnectionError(f"a mail server was tried before, but now {why}")
    logger.info("e-mail to %s: %s", to or "nobody", text)
    if delivery is not None:
        raise DeliverySkipped(why)


def _content(
    sender: Address, recipients: Collection[Address], text: str, delivery: Delivery | None
) -> bytes:
    mail = MIMEText(f"{text}\n", "plain", "utf-8")
    mail["From"] = _header([sender])
    mail["To"] = _header(recipients)
    # Always encoded: a sku may look like an encoded word, and hide a line break in it.
    mail["Subject"] = Header(text, "utf-8", header_name="Subject").encode()
    if delivery is not None:
        # The same at every attempt, so that a receiver can drop a repeat.
        mail["Message-ID"] = f"<{delivery.id}@allocation>"
        mail["Date"] = format_datetime(delivery.envelope.at)
    return mail.as_bytes()


def _header(these: Collection[Address]) -> str:
    if all(one.addr_spec.isascii() for one in these):
        return ", ".join(formataddr((one.display_name, one.addr_spec)) for one in these)
    # As SMTPUTF8 has it: in UTF-8 as it is, which Python's older messages spell like this.
    return ", ".join(map(str, these)).encode().decode("ascii", "surrogateescape")


def _partly_refused(
    server: SmtpServer, refused: Mapping[str, smtp.Refusal], taken: Collection[str]
) -> Exception:
    reason = "; ".join(f"{address}: {answer}" for address, answer in refused.items())
    kind = (
        DeliveryRefused
        if all(answer.is_for_good for answer in refused.values())
        else ConnectionError
    )
    by = f" (taken by {', '.join(taken)})" if taken else ""
    return kind(f"{server.host}:{server.port}: {reason}{by}")
