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
    *("status", "results", "refusal", "attempts", "due", "error"),
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
        _earlier.c.ordering_key == messages.c.ordering_key,
        _earlier.c.seq < _seq,
        _earlier.c.status == text("'outgoing'"),
    )
    .scalar_subquery()
)
# Of a parameter no database can tell that a partial index serves: each names its condition.
_PENDING: Final[tuple[Condition, ...]] = (
    text("status = 'pending'"),
    text(UNFINISHED),
    text(KNOWN),
    _is_due,
)
_OUTGOING: Final[tuple[Condition, ...]] = (
    text("messages.status = 'outgoing'"),
    text(KNOWN),
    messages.c.due <= bindparam("now"),
    _FIRST_BEFORE_IT.is_(None),
)
# By due time: what failed comes again after what has not had its turn yet.
_BY_TURN: Final = (messages.c.due, _seq)


def _entries(*where: Condition) -> Select[Any]:
    return select(*(messages.c[name] for name in ROW)).where(*where).limit(bindparam("rows"))


PENDING: Final = _entries(*_PENDING).order_by(_seq).with_for_update()

ANY_PENDING: Final = select(_seq).where(text("status = 'pending'")).limit(1)
"""Whether there is any, at the cost of one look into the partial index."""

OUTGOING: Final = (
    _entries(*_OUTGOING).order_by(*_BY_TURN).with_for_update(skip_locked=True, of=messages)
)

# Two questions, since of one with OR no database gives the first from an index.
AHEAD: Final = tuple(
    _entries(*(text(part) for part in status), text(KNOWN), messages.c.due > bindparam("now"))
    .order_by(order)
    .with_for_update(skip_locked=True)
    for status, order in (
        (("status = 'outgoing'",), messages.c.due.desc()),
        (("status = 'pending'", UNFINISHED), _seq),
    )
)
"""What is OUTGOING and due later than `now`, the last first; and what is PENDING."""

DEAD: Final = _entries(text("status = 'dead'"), text(KNOWN)).order_by(_seq).with_for_update()


def _incomplete(chain: ColumnElement[Any]) -> Select[Any]:
    # Not `= 'pending'`: PostgreSQL would take the index of all that is pending, whatever chain.
    pending = (text(OPEN), text("status NOT IN ('outgoing', 'dead')"), _is_due)
    one = select(_seq).where(messages.c.correlation_id == chain, *pending).limit(1)
    return select(chain).where(one.scalar_subquery().is_not(None))


def _blocked(key: ColumnElement[Any], given: ColumnElement[Any]) -> Select[Any]:
    is_given = messages.c.id.in_(select(given).correlate(None).scalar_subquery())
    pending = (text("status = 'pending'"), text(KNOWN), _is_due, ~is_given)
    one = select(_seq).where(messages.c.ordering_key == key, *pending).limit(1)
    return select(key).where(one.scalar_subquery().is_not(None))


def _is_beside(names: ColumnElement[Any]) -> ColumnElement[bool]:
    listed = messages.c.ordering_key.in_(select(names).correlate(None).scalar_subquery())
    return or_(messages.c.ordering_key.is_(None), ~listed)


def _on_sqlite(parameter: str) -> ColumnElement[Any]:
    return func.json_each(bindparam(parameter)).table_valued("value", name=parameter).c.value


def _on_postgresql(parameter: str) -> ColumnElement[Any]:
    listed = cast(bindparam(parameter), JSON)
    return func.json_array_elements_text(listed).column_valued(f"one_of_{parameter}")


# Many keys or ids are one question: they come as one JSON text.
_LISTED: Final = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}
INCOMPLETE: Final = {name: _incomplete(listed("chains")) for name, listed in _LISTED.items()}
BLOCKED: Final = {
    name: _blocked(listed("keys"), listed("given")) for name, listed in _LISTED.items()
}
PENDING_BESIDES: Final = {
    name: PENDING.where(_is_beside(listed("besides"))) for name, listed in _LISTED.items()
}

DUE: Final = (
    (Status.PENDING, select(_seq).where(*_PENDING).order_by(_seq).limit(1)),
    (Status.OUTGOING, select(_seq).where(*_OUTGOING).order_by(*_BY_TURN).limit(1)),
)
"""Whether there is something of either, with nobody kept waiting."""
