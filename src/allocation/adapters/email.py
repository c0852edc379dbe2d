"""E-mail: over SMTP where a server is configured, else to the log.

`send` is called through this module, as the chapter does. It is called by the relay,
after the commit: it may fail, and is then called again, with the same message id.
"""

import logging
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from email.header import Header
from email.headerregistry import Address
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from typing import Final

from allocation.adapters import smtp
from allocation.config import EmailSettings, SmtpServer, addresses
from allocation.messaging.errors import DeliveryRefused, DeliverySkipped
from allocation.messaging.log import current_entry

logger = logging.getLogger(__name__)

THE_CHAPTERS: Final = EmailSettings(recipients=(Address("", "stock", "made.com"),))
"""Those of the bare bus: the chapter's tests expect this address, and nothing is sent to it."""

REMEMBERED: Final = 1000
"""Mails of which it is known who has taken them, while others have not."""

_settings: ContextVar[EmailSettings] = ContextVar("email_settings", default=THE_CHAPTERS)
_taken: OrderedDict[str, set[str]] = OrderedDict()


@contextmanager
def using(settings: EmailSettings) -> Iterator[None]:
    """Let mail that is sent meanwhile go where these settings say; decorates handlers, too."""
    token = _settings.set(settings)
    try:
        yield
    finally:
        _settings.reset(token)


def forget() -> None:
    """Forget who has taken a mail that others have not: what a new process does not know."""
    _taken.clear()


def stock_address() -> str:
    """The addresses of those who buy stock, with commas between them; empty if there are none."""
    return ", ".join(map(str, _settings.get().recipients))


def send(to: str, text: str) -> None:
    """Send a mail whose subject and body are `text`.

    Some recipients may be refused and others not: it fails then, and at the next attempt of
    this process goes to those only who have not taken it.

    Raises:
        ConnectionError: the mail server cannot be reached, takes too long, or does not take
            it now; or no setting names one, but one did before, and may again.
        DeliveryRefused: the mail server does not take it, and will not later.
        DeliverySkipped: there is no mail server, or nobody to send it to; it is in the log.
    """
    settings = _settings.get()
    if settings.server is None or not to:
        _write_to_log(to, text, settings.missing or "it has no recipient")
        return
    recipients = addresses.parse(to)
    taken_before = _who_has_taken_it()
    left = [one.addr_spec for one in recipients if one.addr_spec not in taken_before]
    content = _content(settings.sender, recipients, text)
    mail = smtp.Mail(settings.sender.addr_spec, left, content)
    refused = smtp.send(settings.server, mail, settings.timeout)
    _remember(taken_before | (set(left) - refused.keys()), whole=not refused)
    if refused:
        raise _partly_refused(settings.server, refused, [one for one in left if one not in refused])


def _write_to_log(to: str, text: str, why: str) -> None:
    entry = current_entry.get()
    if entry is not None and entry.error is not None:  # also of a dead letter that is replayed
        raise ConnectionError(f"a mail server was tried before, but now {why}")
    logger.info("e-mail to %s: %s", to or "nobody", text)
    if entry is not None:
        raise DeliverySkipped(why)


def _content(sender: Address, recipients: Collection[Address], text: str) -> bytes:
    mail = MIMEText(f"{text}\n", "plain", "utf-8")
    mail["From"] = _header([sender])
    mail["To"] = _header(recipients)
    # Always encoded: a sku may look like an encoded word, and hide a line break in it.
    mail["Subject"] = Header(text, "utf-8", header_name="Subject").encode()
    entry = current_entry.get()
    if entry is not None:
        # The same at every attempt, so that a receiver can drop a repeat.
        mail["Message-ID"] = f"<{entry.envelope.id}@allocation>"
        mail["Date"] = format_datetime(entry.envelope.at)
    return mail.as_bytes()


def _header(these: Collection[Address]) -> str:
    if all(one.addr_spec.isascii() for one in these):
        return ", ".join(formataddr((one.display_name, one.addr_spec)) for one in these)
    # As SMTPUTF8 has it: in UTF-8 as it is, which Python's older messages spell like this.
    return ", ".join(map(str, these)).encode().decode("ascii", "surrogateescape")


def _partly_refused(
    server: SmtpServer, refused: Mapping[str, smtp.Refusal], taken: Collection[str]
) -> Exception:
    told = "; ".join(f"{address}: {answer}" for address, answer in refused.items())
    kind = (
        DeliveryRefused
        if all(answer.is_for_good for answer in refused.values())
        else ConnectionError
    )
    by = f" (taken by {', '.join(taken)})" if taken else ""
    return kind(f"{server.host}:{server.port}: {told}{by}")


def _who_has_taken_it() -> set[str]:
    entry = current_entry.get()
    return set() if entry is None else set(_taken.get(entry.envelope.id, ()))


def _remember(taken: set[str], *, whole: bool) -> None:
    """Keep in memory who has taken the mail in hand, as long as others have not."""
    entry = current_entry.get()
    if entry is None:
        return
    _taken.pop(entry.envelope.id, None)
    if not whole:
        _taken[entry.envelope.id] = taken
        while len(_taken) > REMEMBERED:
            _taken.popitem(last=False)
