"""Message ids that sort by creation time."""

import uuid_utils


def new_id() -> str:
    """Make a UUID of version 7 (RFC 9562); later ids of a process sort after earlier ones."""
    return str(uuid_utils.uuid7())
