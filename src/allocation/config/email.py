"""E-mail settings."""

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
    """The mail server, the recipients and the sender."""

    server: SmtpServer | None = None
    recipients: tuple[Address, ...] = ()
    """The recipients of out-of-stock notifications."""
    sender: Address = field(default_factory=lambda: DEFAULT_SENDER)
    timeout: float = 10
    """The timeout for each step of an SMTP session, in seconds."""

    @classmethod
    def read(cls, env: Environment) -> "EmailSettings":
        """Read the settings from the environment.

        Raises:
            ConfigError: a variable has an invalid value.
        """
        url = env.get(SMTP_VARIABLE, "").strip()
        return cls(
            SmtpServer.parse(SMTP_VARIABLE, url) if url else None,
            addresses(env, RECIPIENTS_VARIABLE),
            address(env, SENDER_VARIABLE, DEFAULT_SENDER),
        )

    @property
    def missing(self) -> str | None:
        """Why e-mail cannot be sent; None if it can."""
        if self.server is None:
            return f"{SMTP_VARIABLE} names no mail server"
        if not self.recipients:
            return f"{RECIPIENTS_VARIABLE} names no recipient"
        return None
