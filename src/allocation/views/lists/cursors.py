"""The cursors of lists: the place after which a page begins, as a text that clients pass on."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec

from allocation.domain.errors import InvalidValue
from allocation.domain.validation import normalize_name

LONGEST: Final = 4_096
"""The maximum length of a cursor, in characters."""

_LARGEST_NUMBER: Final = 10**18


class Cursor(NamedTuple):
    """A place in a list: the list and its order, the number of the index scan, and its key."""

    name: str
    sort: str
    scan: int
    key: tuple[Any, ...]

    def __str__(self) -> str:
        return urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")

    def key_as(self, types: Sequence[type]) -> tuple[Any, ...]:
        """The key with values of these types.

        Raises:
            InvalidValue: the key does not have such values.
        """
        if len(self.key) == len(types):
            with suppress(ValueError):
                return tuple(map(_typed, self.key, types))
        raise no_cursor(str(self))


def cursor_of(text: str, name: str, sort: str) -> Cursor:
    """The cursor that a text stands for.

    Raises:
        InvalidValue: the text is not a cursor of this list in this order.
    """
    cursor = _decoded(text)
    if cursor is None or (cursor.name, cursor.sort) != (name, sort):
        raise no_cursor(text)
    return cursor


def no_cursor(text: str) -> InvalidValue:
    """The refusal of a text that is not a cursor."""
    reason = "is not a cursor of this list in this order: use the one of the previous page"
    return InvalidValue("after", text, reason)


def _decoded(text: str) -> Cursor | None:
    if len(text) > LONGEST:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        name, sort, scan, key = msgspec.json.decode(
            urlsafe_b64decode(padded), type=tuple[str, str, int, list[str | int]]
        )
    except (ValueError, msgspec.DecodeError):
        return None
    return Cursor(name, sort, scan, tuple(key)) if scan >= 0 else None


def _typed(value: str | int, kind: type) -> date | str | int:
    """The value as one of this type that a database can have.

    Raises:
        ValueError: it is none; PostgreSQL would reject some texts and numbers.
    """
    if isinstance(value, str) and kind is date:
        return date.fromisoformat(value)
    if isinstance(value, str) and kind is str and normalize_name(value) == value:
        return value
    if isinstance(value, int) and kind is int and abs(value) <= _LARGEST_NUMBER:
        return value
    raise ValueError(value)
