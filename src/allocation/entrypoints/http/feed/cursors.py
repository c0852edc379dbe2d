"""The cursors of the feed: a place in the log of one database, as a text that clients pass on."""

import re
from typing import Final, NamedTuple

from allocation.entrypoints.http.errors import CursorTooOld, OtherDatabase
from allocation.errors import InvalidValue
from allocation.views import LogIdentity

LAST: Final = "last"
"""Instead of a cursor: the end of the feed."""

_CURSOR: Final = re.compile(r"(?P<identity>[0-9a-f]{1,32})-(?P<seq>[0-9]{1,18})", re.ASCII)


class FeedCursor(NamedTuple):
    """A place in a feed: the identity of its log, and the number of the last message."""

    identity: str
    seq: int

    def __str__(self) -> str:
        return f"{self.identity}-{self.seq}"

    @classmethod
    def parse(cls, name: str, text: str) -> "FeedCursor":
        """The cursor that a text stands for; `name` is that of the parameter or the header.

        Raises:
            InvalidValue: the text is no cursor.
        """
        match = _CURSOR.fullmatch(text)
        if match is None:
            reason = "is not a cursor: use `next` of an answer, the `cursor` of an event, or `last`"
            raise InvalidValue(name, text, reason)
        return cls(match["identity"], int(match["seq"]))


def check_is_in(log: LogIdentity, cursor: FeedCursor, last: int) -> None:
    """Check that the feed of this log is complete after a cursor; `last` is its last number.

    Raises:
        CursorTooOld: messages after the cursor have been pruned.
        OtherDatabase: the cursor is from another log, or from this one before it was restored.
    """
    first = str(FeedCursor(log.identity, log.pruned_through))
    if cursor.identity != log.identity or cursor.seq > last:
        raise OtherDatabase(
            "The cursor is one of another database, or this one has been restored since: read the "
            "state again, and go on from `first`",
            first,
        )
    if cursor.seq < log.pruned_through:
        raise CursorTooOld(
            "Events after this cursor have been pruned from the log: read the state again, and go "
            "on from `first`",
            first,
        )
