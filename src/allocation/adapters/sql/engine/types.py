"""Types of columns."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone, also where the database keeps no zones: in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """To the database; SQLite's own way takes more than twice as long."""
        return _text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.replace(tzinfo=UTC)


_WITHOUT_ZONE: Final = len("2026-11-26 15:04:38.123456")


def _text(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[:_WITHOUT_ZONE]


LONGEST_NAME: Final = 255
"""Characters of an id, a key, or a name of the domain."""

NAME: Final = String(LONGEST_NAME)
COUNT: Final = BigInteger().with_variant(Integer, "sqlite")
