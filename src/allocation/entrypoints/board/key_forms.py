"""The forms of access keys: a new one, and one that replaces another."""

from collections.abc import Mapping

from allocation.access.scopes import Scope
from allocation.entrypoints.board.form_events import whole_number
from allocation.entrypoints.http.key_bodies import NewKey, Overlap

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


def overlap_of(form: Mapping[str, str]) -> Overlap:
    """The time for which a replaced key stays valid.

    Raises:
        InvalidValue: it is not a whole number.
    """
    return Overlap(whole_number("overlap_days", form.get("overlap_days", "").strip()))
