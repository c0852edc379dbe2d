"""Validation of the names, scopes and times of access keys."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from allocation.access.keys import PREFIX_BYTES
from allocation.access.scopes import Scope
from allocation.domain.errors import InvalidValue
from allocation.domain.validation import clean_text

LONGEST_KEY_NAME: Final = 100
"""The maximum length of a key's name, in characters: it is part of every line of a log."""

LONGEST_OVERLAP: Final = timedelta(days=366)
"""The maximum time for which a replaced key stays valid."""

_PREFIX: Final = re.compile(rf"[0-9a-f]{{{2 * PREFIX_BYTES}}}", re.ASCII)


def has_form_of_prefix(text: str) -> bool:
    """Whether this is the prefix of a key, not a name."""
    return _PREFIX.fullmatch(text) is not None


def clean_key_name(name: object) -> str:
    """Validate a name like those of the domain, and normalise it.

    Raises:
        InvalidValue: see `clean_text`; or the name is too long, or has the form of a prefix.
    """
    text = clean_text("name", name)
    if len(text) > LONGEST_KEY_NAME:
        raise InvalidValue("name", name, f"is longer than {LONGEST_KEY_NAME} characters")
    if has_form_of_prefix(text):
        raise InvalidValue("name", name, "has the form of a key's prefix")
    return text


def check_scopes(scopes: Collection[Scope]) -> None:
    """Check that there is a scope.

    Raises:
        InvalidValue: there is none.
    """
    if not scopes:
        raise InvalidValue("scopes", "", f"is empty: name some of {', '.join(Scope)}")


def check_expiry(expires_at: datetime | None, now: datetime) -> None:
    """Check that a new key does not expire before it is used; None means never.

    Raises:
        InvalidValue: the time is not in the future.
    """
    if expires_at is not None and expires_at <= now:
        raise InvalidValue("expires_at", expires_at.isoformat(), "is not in the future")


def check_overlap(overlap: timedelta) -> None:
    """Check the time for which a replaced key stays valid.

    Raises:
        InvalidValue: it is negative, or longer than `LONGEST_OVERLAP`.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        reason = f"is not between 0 and {LONGEST_OVERLAP.days} days"
        raise InvalidValue("overlap", str(overlap), reason)
