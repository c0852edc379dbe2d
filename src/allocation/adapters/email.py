"""E-mail: over SMTP if a server is configured, otherwise to the log."""

import logging
from collections import OrderedDict
from collections.abc import Collection, Mapping, Set
from email.header import Header
from email.headerregistry import Address
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from typing import Final

from allocation.adapters import smtp
from allocation.config import EmailSettings, SmtpServer
from allocation.domain.news import Notification
from allocation.messaging.deliveries import Delivery
from allocation.messaging.errors import DeliveryRefused, DeliverySkipped

logger = logging.getLogger(__name__)

STOCK_ADDRESS: Final = "stock@made.com"
"""The address to which the chapter's handler sends its mail; no server is configured for it."""

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
    def audiences(self) -> Set[str]:
        """The names of the audiences that have a setting."""
        return self._settings.audiences.keys()

    def send(self, audience: str, content: Notification, delivery: Delivery | None = None) -> None:
        """Send a mail to the recipients of an audience.

        Raises:
            ConnectionError: the mail server cannot be reached, takes too long, or refuses the
                mail for now; or no server is configured any more, after a failed attempt.
            DeliveryRefused: the mail server refuses the mail permanently.
            DeliverySkipped: no mail server or recipient is configured; the subject is in the log.
        """
        settings = self._settings
        recipients = settings.audiences[audience]
        missing = settings.missing_for(audience)
        if settings.server is None or missing is not None:
            _write_to_log(recipients, content.subject, missing, delivery)
            return
        accepted = set() if delivery is None else set(self._accepted.get(delivery.id, ()))
        remaining = [one.addr_spec for one in recipients if one.addr_spec not in accepted]
        mail = smtp.Mail(
            settings.sender.addr_spec,
            remaining,
            _encoded(settings.sender, recipients, content, delivery),
        )
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


def send(to: str, text: str) -> None:
    """Write a mail to the log, as the chapter's handler does on a bus without a message log.

    An application sends its mail by a `Mailer` with its settings instead.
    """
    logger.info("e-mail to %s: %s", to, text)


def _write_to_log(
    recipients: Collection[Address], subject: str, reason: str | None, delivery: Delivery | None
) -> None:
    if delivery is not None and delivery.error is not None:  # also of a replayed dead letter
        raise ConnectionError(f"a mail server was tried before, but now {reason}")
    logger.info("e-mail to %s: %s", ", ".join(map(str, recipients)) or "nobody", subject)
    if delivery is not None:
        raise DeliverySkipped(reason)


def _encoded(
    sender: Address,
    recipients: Collection[Address],
    content: Notification,
    delivery: Delivery | None,
) -> bytes:
    mail = MIMEText(f"{content.text}\n", "plain", "utf-8")
    mail["From"] = _header([sender])
    mail["To"] = _header(recipients)
    # Always encoded: a sku may look like an encoded word that contains a line break.
    mail["Subject"] = Header(content.subject, "utf-8", header_name="Subject").encode()
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
