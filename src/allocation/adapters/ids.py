"""Ids that sort by the time at which they were made."""

import uuid_utils


def new_id() -> str:
    """A UUID of version 7 (RFC 9562); later ones of a process sort after earlier ones."""
    return str(uuid_utils.uuid7())
