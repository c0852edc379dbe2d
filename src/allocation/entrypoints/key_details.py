"""An access key as commands and HTTP show it: without its digest."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from allocation.access.keys import AccessKey
from allocation.access.scopes import Scope

LONGEST_LIFETIME: Final = timedelta(days=3650)
"""The maximum time after which a new key with an expiry expires; more is a typing mistake."""

DEFAULT_OVERLAP: Final = timedelta(days=7)
"""The time for which a replaced key stays valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDetails:
    """An access key. Its state is `valid`, `expired` or `revoked`; its prefix is no secret."""

    name: str
    prefix: str
    scopes: list[Scope]
    state: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None
    used_at: datetime | None


def details(key: AccessKey, now: datetime) -> dict[str, Any]:
    """The fields of `KeyDetails` for a key at this time."""
    scopes = [scope for scope in Scope if scope in key.scopes]
    computed = {"scopes": scopes, "state": _state(key, now)}
    names = {field.name for field in fields(KeyDetails)} - computed.keys()
    return {name: getattr(key, name) for name in names} | computed


def _state(key: AccessKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "valid" if key.is_valid(now) else "expired"
