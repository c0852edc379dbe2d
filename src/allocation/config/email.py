"""Settings of e-mail."""

from dataclasses import dataclass, field
from email.headerregistry import Address
from typing import Final

from allocation.config.addresses import address, addresses
from allocation.config.reading import Environment
from allocation.config.smtp import SmtpServer

SMTP_VARIABLE: Final = "ALLOCATION_SMTP_URL"
RECIPIENTS_VARIABLE: Final = "ALLOCATION_STOCK_EMAIL"
SENDER_VARIABLE: Final = "ALLOCATION_SENDER_EMAIL"
DEFAULT_SENDER: Final = Address("", "allocation", "localhost")


@dataclass(frozen=True)
class EmailSettings:
    """Where mail goes, to whom, and from whom."""

    server: SmtpServer | None = None
    recipients: tuple[Address, ...] = ()
    """Who is told what ran out."""
    sender: Address = field(default_factory=lambda: DEFAULT_SENDER)
    timeout: float = 10
    """Seconds for which the mail server may leave us waiting at any step."""

    @classmethod
    def read(cls, env: Environment) -> "EmailSettings":
        """From the environment.

        Raises:
            ConfigError: a variable has a value that cannot be.
        """
        url = env.get(SMTP_VARIABLE, "").strip()
        return cls(
            SmtpServer.parse(SMTP_VARIABLE, url) if url else None,
            addresses(env, RECIPIENTS_VARIABLE),
            address(env, SENDER_VARIABLE, DEFAULT_SENDER),
        )

    @property
    def missing(self) -> str | None:
        """Why no mail can be sent; None where it can."""
        if self.server is None:
            return f"{SMTP_VARIABLE} names no mail server"
        if not self.recipients:
            return f"{RECIPIENTS_VARIABLE} names nobody to send it to"
        return None
