"""E-mail settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from typing import Final

from allocation.config.addresses import address, addresses
from allocation.config.reading import Environment
from allocation.config.smtp import SmtpServer

SMTP_VARIABLE: Final = "ALLOCATION_SMTP_URL"
RECIPIENTS_VARIABLE: Final = "ALLOCATION_STOCK_EMAIL"
SALES_VARIABLE: Final = "ALLOCATION_SALES_EMAIL"
SENDER_VARIABLE: Final = "ALLOCATION_SENDER_EMAIL"
VARIABLES: Final = {"buyers": RECIPIENTS_VARIABLE, "sales": SALES_VARIABLE}
"""The variables that name the recipients of each audience."""

DEFAULT_SENDER: Final = Address("", "allocation", "localhost")


@dataclass(frozen=True)
class EmailSettings:
    """The mail server, the recipients and the sender."""

    server: SmtpServer | None = None
    recipients: tuple[Address, ...] = ()
    """The recipients of the buyers' mails: what ran out, and what is overdue."""
    sales: tuple[Address, ...] = ()
    """The recipients of the mails to sales: promises that have changed, or were lost."""
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
            addresses(env, SALES_VARIABLE),
            address(env, SENDER_VARIABLE, DEFAULT_SENDER),
        )

    @property
    def missing(self) -> str | None:
        """Why e-mail cannot be sent; None if it can."""
        if self.server is None:
            return f"{SMTP_VARIABLE} names no mail server"
        if not any(self.audiences.values()):
            return f"{' and '.join(VARIABLES.values())} name no recipient"
        return None

    def missing_for(self, audience: str) -> str | None:
        """Why e-mail cannot be sent to an audience; None if it can."""
        if self.server is not None and not self.audiences[audience]:
            return f"{VARIABLES[audience]} names no recipient"
        return self.missing

    @property
    def audiences(self) -> Mapping[str, tuple[Address, ...]]:
        """The recipients of each audience."""
        return {"buyers": self.recipients, "sales": self.sales}
