"""The queries that select the next entries of the log."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    TextClause,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
)

from allocation.adapters.sql.message_log.schema import OPEN, UNFINISHED, messages
from allocation.messaging.log import Status

Condition = ColumnElement[bool] | TextClause

ROW: Final = (
    *("id", "type", "body", "correlation_id", "causation_id", "at"),
    *("status", "results", "refusal", "attempts", "due", "error"),
    *("depth", "submission", "sender"),
)
"""The columns of an entry."""

_seq = messages.c.seq
_is_due = or_(messages.c.due.is_(None), messages.c.due <= bindparam("now"))
_earlier = messages.alias("earlier")
# A scalar subquery, which uses the index for each row. PostgreSQL would execute NOT EXISTS as a
# join that reads the whole index for each row, if its statistics are older than the first mail.
_FIRST_BEFORE_IT = (
    select(func.min(_earlier.c.seq))
    .where(
        _earlier.c.ordering_key == messages.c.ordering_key,
        _earlier.c.seq < _seq,
        _earlier.c.status == text("'outgoing'"),
    )
    .scalar_subquery()
)
# The conditions of the partial indexes, literally: with parameters, the planner cannot use them.
_PENDING: Final[tuple[Condition, ...]] = (
    text("status = 'pending'"),
    text(UNFINISHED),
    _is_due,
)
_OUTGOING: Final[tuple[Condition, ...]] = (
    text("messages.status = 'outgoing'"),
    messages.c.due <= bindparam("now"),
    _FIRST_BEFORE_IT.is_(None),
)
# By due time: an entry that failed comes after those that have not been tried yet.
_BY_DUE_TIME: Final = (messages.c.due, _seq)


# Two queries: with OR, neither database takes the first rows from an index.
_AHEAD: Final = (
    ((text("status = 'outgoing'"),), messages.c.due.desc()),
    ((text("status = 'pending'"), text(UNFINISHED)), _seq),
)


def _entries(*where: Condition) -> Select[Any]:
    return select(*(messages.c[name] for name in ROW)).where(*where).limit(bindparam("rows"))


ANY_PENDING: Final = select(_seq).where(text("status = 'pending'")).limit(1)
"""Whether there are PENDING entries, due or not: one look-up in a partial index."""


def _incomplete(chain: ColumnElement[Any]) -> Select[Any]:
    # Not `= 'pending'`: PostgreSQL would use the index of all PENDING entries, not the chain's.
    pending = (text(OPEN), text("status NOT IN ('outgoing', 'dead')"), _is_due)
    one = select(_seq).where(messages.c.correlation_id == chain, *pending).limit(1)
    return select(chain).where(one.scalar_subquery().is_not(None))


def _blocked(
    key: ColumnElement[Any], given: ColumnElement[Any], is_known: ColumnElement[bool]
) -> Select[Any]:
    is_given = messages.c.id.in_(select(given).correlate(None).scalar_subquery())
    pending = (text("status = 'pending'"), is_known, _is_due, ~is_given)
    one = select(_seq).where(messages.c.ordering_key == key, *pending).limit(1)
    return select(key).where(one.scalar_subquery().is_not(None))


def _with_keys(key: ColumnElement[Any], is_known: Condition) -> Select[Any]:
    is_given = messages.c.ordering_key.in_(select(key).correlate(None).scalar_subquery())
    return (
        select(*(messages.c[name] for name in ROW))
        .where(text("messages.status = 'outgoing'"), is_given, is_known)
        .order_by(_seq)
        .with_for_update(skip_locked=True, of=messages)
    )


def _is_not_excluded(names: ColumnElement[Any]) -> ColumnElement[bool]:
    listed = messages.c.ordering_key.in_(select(names).correlate(None).scalar_subquery())
    return or_(messages.c.ordering_key.is_(None), ~listed)


def _on_sqlite(parameter: str) -> ColumnElement[Any]:
    return func.json_each(bindparam(parameter)).table_valued("value", name=parameter).c.value


def _on_postgresql(parameter: str) -> ColumnElement[Any]:
    listed = cast(bindparam(parameter), JSON)
    return func.json_array_elements_text(listed).column_valued(f"one_of_{parameter}")


# Lists of keys and ids are passed as one JSON text.
_LISTED: Final = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}
INCOMPLETE: Final = {name: _incomplete(listed("chains")) for name, listed in _LISTED.items()}


class LogQueries:
    """The queries of a log, restricted to the types of messages that its codec can decode.

    Another version of the program may have written messages of other types; the processes of that
    version handle them.
    """

    def __init__(self, types: Collection[str]) -> None:
        is_known = messages.c.type.in_([_literal(name) for name in sorted(types)])
        self.pending: Final = _entries(*_PENDING, is_known).order_by(_seq).with_for_update()
        self.pending_excluding: Final = {
            name: self.pending.where(_is_not_excluded(listed("excluding")))
            for name, listed in _LISTED.items()
        }
        """The same query without the entries with some ordering keys, by database."""
        self.blocked: Final = {
            name: _blocked(listed("keys"), listed("given"), is_known)
            for name, listed in _LISTED.items()
        }
        """Selects the given ordering keys with PENDING entries that are due, by database."""
        self.outgoing: Final = (
            _entries(*_OUTGOING, is_known)
            .order_by(*_BY_DUE_TIME)
            .with_for_update(skip_locked=True, of=messages)
        )
        self.outgoing_with_keys: Final = {
            name: _with_keys(listed("keys"), is_known) for name, listed in _LISTED.items()
        }
        """Selects the OUTGOING entries with the given ordering keys, due or not, by database."""
        self.ahead: Final = tuple(
            _entries(*conditions, is_known, messages.c.due > bindparam("now"))
            .order_by(order)
            .with_for_update(skip_locked=True)
            for conditions, order in _AHEAD
        )
        """The OUTGOING entries due later than `now`, latest first; and the PENDING ones."""
        self.dead: Final = (
            _entries(text("status = 'dead'"), is_known).order_by(_seq).with_for_update()
        )
        first_pending = select(_seq).where(*_PENDING, is_known).order_by(_seq).limit(1)
        first_outgoing = select(_seq).where(*_OUTGOING, is_known).order_by(*_BY_DUE_TIME).limit(1)
        self.due: Final = (
            (Status.PENDING, first_pending),
            (Status.OUTGOING, first_outgoing),
        )
        """Whether there are entries of either status, without a lock."""


def _literal(name: str) -> ColumnElement[str]:
    """The name as a literal: a planner cannot estimate how many rows match a parameter."""
    escaped = name.replace("'", "''")
    return literal_column(f"'{escaped}'")
