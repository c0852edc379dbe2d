"""Which entries of the log come next: the questions, as SQL."""

from typing import Any, Final

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    TextClause,
    bindparam,
    cast,
    func,
    or_,
    select,
    text,
)

from allocation.adapters import codec
from allocation.adapters.sql.message_log.schema import OPEN, UNFINISHED, messages
from allocation.messaging.log import Status

Condition = ColumnElement[bool] | TextClause

ROW: Final = (
    *("id", "type", "body", "correlation_id", "causation_id", "at"),
    *("fate", "results", "refusal", "attempts", "due", "error"),
    "depth",
)
"""The columns of an entry."""

# Another version of this program may write what this one does not know. It is left to those who do.
KNOWN: Final = "messages.type IN ({})".format(", ".join(f"'{name}'" for name in codec.MESSAGES))

_seq = messages.c.seq
_is_due = or_(messages.c.due.is_(None), messages.c.due <= bindparam("now"))
_earlier = messages.alias("earlier")
# Looked up row by row, by the index: as a join (NOT EXISTS), PostgreSQL reads all of that
# index for every row when its statistics are from a time at which nothing was outgoing.
_FIRST_BEFORE_IT = (
    select(func.min(_earlier.c.seq))
    .where(
        _earlier.c.sku == messages.c.sku,
        _earlier.c.seq < _seq,
        _earlier.c.fate == text("'outgoing'"),
    )
    .scalar_subquery()
)
# Of a parameter no database can tell that a partial index serves: each names its condition.
_PENDING: Final[tuple[Condition, ...]] = (
    text("fate = 'pending'"),
    text(UNFINISHED),
    text(KNOWN),
    _is_due,
)
_OUTGOING: Final[tuple[Condition, ...]] = (
    text("messages.fate = 'outgoing'"),
    text(KNOWN),
    messages.c.due <= bindparam("now"),
    _FIRST_BEFORE_IT.is_(None),
)
# By due time: what failed comes again after what has not had its turn yet.
_BY_TURN: Final = (messages.c.due, _seq)


def _entries(*where: Condition) -> Select[Any]:
    return select(*(messages.c[name] for name in ROW)).where(*where).limit(bindparam("rows"))


PENDING: Final = _entries(*_PENDING).order_by(_seq).with_for_update()

OUTGOING: Final = (
    _entries(*_OUTGOING).order_by(*_BY_TURN).with_for_update(skip_locked=True, of=messages)
)

# Two questions, since of one with OR no database gives the first from an index.
AHEAD: Final = tuple(
    _entries(*(text(part) for part in fate), text(KNOWN), messages.c.due > bindparam("now"))
    .order_by(order)
    .with_for_update(skip_locked=True)
    for fate, order in (
        (("fate = 'outgoing'",), messages.c.due.desc()),
        (("fate = 'pending'", UNFINISHED), _seq),
    )
)
"""What is OUTGOING and due later than `now`, the last first; and what is PENDING."""

DEAD: Final = _entries(text("fate = 'dead'"), text(KNOWN)).order_by(_seq).with_for_update()


def _incomplete(chain: ColumnElement[Any]) -> Select[Any]:
    pending = (text(OPEN), text("fate = 'pending'"), _is_due)
    one = select(_seq).where(messages.c.correlation_id == chain, *pending).limit(1)
    return select(chain).where(one.scalar_subquery().is_not(None))


# The ids of the chains come as one JSON text, so that many are one question.
INCOMPLETE: Final = {
    "sqlite": _incomplete(func.json_each(bindparam("chains")).table_valued("value").c.value),
    "postgresql": _incomplete(
        func.json_array_elements_text(cast(bindparam("chains"), JSON)).column_valued("chain")
    ),
}

DUE: Final = (
    (Status.PENDING, select(_seq).where(*_PENDING).order_by(_seq).limit(1)),
    (Status.OUTGOING, select(_seq).where(*_OUTGOING).order_by(*_BY_TURN).limit(1)),
)
"""Whether there is something of either, with nobody kept waiting."""
