"""E-mail: over SMTP if a server is configured, otherwise to the log.

The chapter's `email.send(to, text)` has no parameter for the application's settings or for the
delivery. A context variable holds both while a handler of the destination "mail" is called (see
`Mailer.sending`).
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

DEFAULT_SETTINGS: Final = EmailSettings(recipients=(Address("", "stock", "made.com"),))
"""The settings outside an application. The chapter's tests expect this address; no server is
configured, so nothing is sent to it."""

MAX_PARTLY_ACCEPTED: Final = 1000
"""The maximum number of partly accepted mails whose accepted recipients are remembered."""


class Mailer:
    """Sends the mails of one application.

    A server may accept a mail for some recipients and refuse it for others. The next attempt of
    the same process goes to the others only; after a restart it goes to all.
    """

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings
        self._accepted: OrderedDict[str, set[str]] = OrderedDict()  # by the id of the delivery

    @property
    def recipients(self) -> str:
        """The configured recipients, separated by commas; empty if there are none."""
        return ", ".join(map(str, self._settings.recipients))

    def handler(self, handle: Callable[[Any, Any], object]) -> DeliveryHandler:
        """Wrap a handler that calls `email.send`, so that it sends this application's mail."""

        def deliver(message: object, delivery: Delivery) -> None:
            with self.sending(delivery):
                handle(message, delivery)

        return deliver

    @contextmanager
    def sending(self, delivery: Delivery | None = None) -> Iterator[None]:
        """Let `email.send` use this application's settings, and the id of the delivery."""
        token = _call.set(_Call(self, delivery))
        try:
            yield
        finally:
            _call.reset(token)

    def send(self, to: str, text: str, delivery: Delivery | None = None) -> None:
        """Send a mail whose subject and body are `text`.

        Raises:
            ConnectionError: the mail server cannot be reached, takes too long, or refuses the
                mail for now; or no server is configured any more, after a failed attempt.
            DeliveryRefused: the mail server refuses the mail permanently.
            DeliverySkipped: no mail server or recipient is configured; the text is in the log.
        """
        settings = self._settings
        if settings.server is None or not to:
            _write_to_log(to, text, settings.missing or "it has no recipient", delivery)
            return
        recipients = addresses.parse(to)
        accepted = set() if delivery is None else set(self._accepted.get(delivery.id, ()))
        remaining = [one.addr_spec for one in recipients if one.addr_spec not in accepted]
        content = _content(settings.sender, recipients, text, delivery)
        mail = smtp.Mail(settings.sender.addr_spec, remaining, content)
        refused = smtp.send(settings.server, mail, settings.timeout)
        if delivery is not None:
            self._remember(
                delivery.id, accepted | (set(remaining) - refused.keys()), all=not refused
            )
        if refused:
            accepted_now = [one for one in remaining if one not in refused]
            raise _partly_refused(settings.server, refused, accepted_now)

    def _remember(self, id: str, accepted: set[str], *, all: bool) -> None:
        self._accepted.pop(id, None)
        if not all:
            self._accepted[id] = accepted
            while len(self._accepted) > MAX_PARTLY_ACCEPTED:
                self._accepted.popitem(last=False)


class _Call(NamedTuple):
    mailer: Mailer
    delivery: Delivery | None


_call: ContextVar[_Call | None] = ContextVar("mail_call", default=None)


def _current_call() -> _Call:
    return _call.get() or _Call(Mailer(DEFAULT_SETTINGS), None)


def stock_address() -> str:
    """The recipients of the current application, separated by commas; empty without any."""
    return _current_call().mailer.recipients


def send(to: str, text: str) -> None:
    """Send a mail whose subject and body are `text`.

    Raises:
        Exception: the errors of `Mailer.send`.
    """
    mailer, delivery = _current_call()
    mailer.send(to, text, delivery)


def _write_to_log(to: str, text: str, reason: str, delivery: Delivery | None) -> None:
    if delivery is not None and delivery.error is not None:  # also of a replayed dead letter
        raise ConnectionError(f"a mail server was tried before, but now {reason}")
    logger.info("e-mail to %s: %s", to or "nobody", text)
    if delivery is not None:
        raise DeliverySkipped(reason)


def _content(
    sender: Address, recipients: Collection[Address], text: str, delivery: Delivery | None
) -> bytes:
    mail = MIMEText(f"{text}\n", "plain", "utf-8")
    mail["From"] = _header([sender])
    mail["To"] = _header(recipients)
    # Always encoded: a sku may look like an encoded word that contains a line break.
    mail["Subject"] = Header(text, "utf-8", header_name="Subject").encode()
    if delivery is not None:
        # The same at every attempt, so that a receiver can drop a repeat.
        mail["Message-ID"] = f"<{delivery.id}@allocation>"
        mail["Date"] = format_datetime(delivery.envelope.at)
    return mail.as_bytes()


def _header(people: Collection[Address]) -> str:
    if all(one.addr_spec.isascii() for one in people):
        return ", ".join(formataddr((one.display_name, one.addr_spec)) for one in people)
    # SMTPUTF8 allows UTF-8 in headers, which `MIMEText` represents by surrogate escapes.
    return ", ".join(map(str, people)).encode().decode("ascii", "surrogateescape")


def _partly_refused(
    server: SmtpServer, refused: Mapping[str, smtp.Refusal], accepted: Collection[str]
) -> Exception:
    reason = "; ".join(f"{address}: {answer}" for address, answer in refused.items())
    kind = (
        DeliveryRefused
        if all(answer.is_permanent for answer in refused.values())
        else ConnectionError
    )
    by = f" (taken by {', '.join(accepted)})" if accepted else ""
    return kind(f"{server.host}:{server.port}: {reason}{by}")
