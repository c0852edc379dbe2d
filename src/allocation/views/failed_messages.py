"""Queries of dead letters: grouped by what failed, a page at a time, newest first."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Self

from sqlalchemy import bindparam, func, select, text

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.schema import messages
from allocation.views.listed import LISTED
from allocation.views.messages import COLUMNS, message_view
from allocation.views.recent import RecentPage

GROUPED: Final = 1_000
"""The maximum number of dead letters that are read for the groups, or for a page of a kind."""

MOST_CHOSEN: Final = 10_000
"""The maximum number of dead letters among which those of a kind are chosen."""

LONGEST_ERROR: Final = 200
"""The number of characters by which errors are told apart."""

_LINE_END: Final = re.compile(r"[\r\n]")


class FailureKind(NamedTuple):
    """What failed: the type of the message, and the first line of its error."""

    type: str
    error: str

    @classmethod
    def of(cls, type: str, error: str | None) -> Self:
        """The kind of a dead letter with this error."""
        return cls(type, _LINE_END.split(error or "", maxsplit=1)[0][:LONGEST_ERROR])


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """The dead letters of one kind; `newest` is the id of the last one in the log."""

    kind: FailureKind
    count: int
    newest: str
    newest_at: datetime
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class FailureGroups:
    """The groups, largest first; if not `is_complete`, only of the newest dead letters."""

    groups: list[FailureGroup]
    count: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class ChosenLetters:
    """The ids of dead letters, in log order, and the number of the last message among them.

    If not `is_complete`, there may be older ones of the kind.
    """

    ids: list[str]
    last: int
    is_complete: bool


class _Letter(NamedTuple):
    number: int
    id: str
    kind: FailureKind
    at: datetime


_NEWEST: Final = (
    select(
        messages.c.seq,
        messages.c.id,
        messages.c.type,
        func.substr(messages.c.error, 1, LONGEST_ERROR).label("error"),
        messages.c.at,
    )
    .where(text("status = 'dead'"), messages.c.seq <= bindparam("through"))  # as in the index
    .order_by(messages.c.seq.desc())
    .limit(bindparam("most"))
)
_LISTED: Final = select(*COLUMNS).where(messages.c.seq.in_(bindparam("numbers", expanding=True)))
_LAST_NUMBER: Final = 2**62


class FailureViews:
    """Queries of dead letters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def groups(self) -> FailureGroups:
        """The dead letters by kind."""
        letters = self._newest(GROUPED + 1)
        by_kind = dict[FailureKind, list[_Letter]]()
        for letter in letters[:GROUPED]:
            by_kind.setdefault(letter.kind, []).append(letter)
        groups = [
            FailureGroup(kind, len(some), some[0].id, some[0].at, some[-1].at)
            for kind, some in by_kind.items()
        ]
        groups.sort(key=lambda group: -group.count)
        return FailureGroups(groups, len(letters[:GROUPED]), len(letters) <= GROUPED)

    def page(
        self, kind: FailureKind | None = None, *, before: int | None = None, limit: int = LISTED
    ) -> RecentPage:
        """The dead letters of a kind, or all, before the cursor `next_before` of a page."""
        most = limit + 1 if kind is None else GROUPED
        letters = self._newest(most, _LAST_NUMBER if before is None else before - 1)
        of_kind = [letter.number for letter in letters if kind in (None, letter.kind)]
        shown = of_kind[:limit]
        if len(of_kind) > limit:
            next_before, searched_to = shown[-1], None
        elif len(letters) == most:
            next_before, searched_to = letters[-1].number, letters[-1].at
        else:
            next_before, searched_to = None, None
        with self._database.reading() as connection:
            rows = connection.execute(_LISTED, {"numbers": shown}).all() if shown else []
        listed = sorted(map(message_view, rows), key=lambda message: -message.number)
        return RecentPage(listed, next_before, searched_to)

    def chosen(
        self, kind: FailureKind | None = None, *, through: int = _LAST_NUMBER
    ) -> ChosenLetters:
        """The newest dead letters of a kind, or all, up to the message with a number."""
        letters = self._newest(MOST_CHOSEN, through)
        chosen = [letter for letter in reversed(letters) if kind in (None, letter.kind)]
        last = chosen[-1].number if chosen else 0
        return ChosenLetters([each.id for each in chosen], last, len(letters) < MOST_CHOSEN)

    def _newest(self, most: int, through: int = _LAST_NUMBER) -> list[_Letter]:
        with self._database.reading() as connection:
            rows = connection.execute(_NEWEST, {"through": through, "most": most})
            return [
                _Letter(row.seq, row.id, FailureKind.of(row.type, row.error), row.at)
                for row in rows
            ]
