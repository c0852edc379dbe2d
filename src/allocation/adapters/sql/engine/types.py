"""Column types."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone; in databases without time zones it is stored in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """Convert to the database's type; the default for SQLite takes more than twice as long."""
        return _text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert from the database's type."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.replace(tzinfo=UTC)


_WITHOUT_ZONE: Final = len("2026-11-26 15:04:38.123456")


def _text(time: datetime | None) -> str | None:
    if time is None:
        return None
    if time.tzinfo is not UTC:
        time = time.astimezone(UTC)
    return time.isoformat(" ", "microseconds")[:_WITHOUT_ZONE]


LONGEST_NAME: Final = 255
"""The maximum length of an id, a key, or a name of the domain, in characters."""

NAME: Final = String(LONGEST_NAME)
COUNT: Final = BigInteger().with_variant(Integer, "sqlite")
