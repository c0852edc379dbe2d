"""The forms of access keys: a new one, and one that replaces another."""

from collections.abc import Mapping

from allocation.access.scopes import Scope
from allocation.entrypoints.board.form_events import whole_number
from allocation.entrypoints.http.key_bodies import NewKey, Overlap
from allocation.errors import InvalidValue

SCOPE = "scope."
"""What the fields with the scopes of a new key begin with."""


def new_key_of(form: Mapping[str, str]) -> NewKey:
    """The key that a form asks for; without a number of days, it never expires.

    Raises:
        InvalidValue: a field does not have a valid value.
    """
    days = form.get("expires_in_days", "").strip()
    return NewKey(
        name=form.get("name", "").strip(),
        scopes=[scope.value for scope in Scope if form.get(f"{SCOPE}{scope}")],
        expires_in_days=whole_number("expires_in_days", days) if days else None,
    )


def first_key_of(form: Mapping[str, str]) -> NewKey:
    """The key that closes an open service.

    Raises:
        InvalidValue: a field does not have a valid value, or the key is not one of an admin.
    """
    new = new_key_of(form)
    if Scope.ADMIN not in new.valid_scopes:
        given = ", ".join(scope.value for scope in Scope if scope in new.valid_scopes)
        reason = "do not include admin, without which nobody could manage keys on the board"
        raise InvalidValue("scopes", given, reason)
    return new


def overlap_of(form: Mapping[str, str]) -> Overlap:
    """The time for which a replaced key stays valid.

    Raises:
        InvalidValue: it is not a whole number.
    """
    return Overlap(whole_number("overlap_days", form.get("overlap_days", "").strip()))
