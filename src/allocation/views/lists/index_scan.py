"""Index scans: a list in an order is one index scan, or several in turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
)

from allocation.views.lists.filters import Filter

_BEFORE_ALL: Final[dict[type, Any]] = {str: "", date: date.min, int: -1}


@dataclass(frozen=True, eq=False, kw_only=True)
class IndexScan:
    """Entries of an index in its order, and the rows of a list that they stand for.

    Attributes:
        rows: the query of the rows, without conditions.
        key: the columns of the index that identify an entry, in its order.
        where: the conditions that the index implies: its predicate, and columns before the key.
        order: the columns that the rows are sorted by, if those are not the key alone.
        skips: conditions that the index does not imply, so that entries are skipped.
        covers: the filters that are among the conditions already.
        bounded: whether a row stands for any number of entries, so that they have to be counted.
    """

    rows: Select[Any]
    key: tuple[ColumnElement[Any], ...]
    where: tuple[ColumnElement[bool], ...] = ()
    order: tuple[ColumnElement[Any], ...] = ()
    skips: tuple[ColumnElement[bool], ...] = ()
    covers: frozenset[str] = frozenset()
    bounded: bool = False

    @property
    def before_all(self) -> tuple[Any, ...]:
        """A key before those of all entries."""
        return tuple(_BEFORE_ALL[kind] for kind in self.types)

    @property
    def types(self) -> tuple[type, ...]:
        """The types of the values of the key."""
        return tuple(column.type.python_type for column in self.key)

    def is_range(self, given: Filter, *, binary: bool) -> bool:
        """Whether a filter selects a range of the index.

        With `binary`, the database compares texts by their code points: all names with the same
        prefix follow one another only then.
        """
        if given.column is not self.key[0] or given.comparison == "=":
            return False
        return binary or given.comparison != "prefix"


class Shape(NamedTuple):
    """What distinguishes the statements of an index scan."""

    scan: IndexScan
    lower: Filter | None
    """The filter with which the range begins; else it begins after a key."""
    upper: Filter | None
    """The filter with which the range ends."""
    to: bool
    """Whether it ends with a key."""
    residual: tuple[Filter, ...]
    """The other filters."""
    at: bool = False
    """Whether the key after which it begins belongs to it."""


@lru_cache(maxsize=1_024)
def rows_of(shape: Shape) -> Select[Any]:
    """The statement of the rows in a range, with the parameter `limit`."""
    scan = shape.scan
    keys = [column.label(name) for column, name in zip(scan.key, _names("key", scan), strict=True)]
    statement = scan.rows.add_columns(*keys).where(*scan.where, *scan.skips, *_range(shape))
    for given in shape.residual:
        if (condition := given.residual) is not None:
            add = statement.having if given.of_groups else statement.where
            statement = add(condition)
    return statement.order_by(*(scan.order or scan.key)).limit(bindparam("limit"))


@lru_cache(maxsize=1_024)
def end_of_chunk(shape: Shape, entries: int) -> Select[Any]:
    """The statement of the key with which a chunk of so many entries ends, if there are more."""
    scan = shape.scan
    # Literals: with parameters, PostgreSQL would plan for a tenth of the table.
    return (
        select(*scan.key)
        .where(*scan.where, *_range(shape))
        .order_by(*(scan.order or scan.key))
        .limit(literal_column("1"))
        .offset(literal_column(str(entries - 1)))
    )


@lru_cache(maxsize=1_024)
def counted_chunk(shape: Shape, entries: int) -> Select[int, Any]:
    """The statement of the number of entries in a chunk, and of its last key, of one column."""
    [column] = shape.scan.key
    chunk = (
        select(column.label("last"))
        .where(*shape.scan.where, *_range(shape))
        .order_by(column)
        .limit(literal_column(str(entries)))
        .subquery()
    )
    return select(func.count(), func.max(chunk.c.last))


def key_parameters(name: str, key: Sequence[Any] | None) -> dict[str, Any]:
    """The parameters of a key in the statements; the name is "after" or "to"."""
    return {f"{name}_{number}": value for number, value in enumerate(key or ())}


def key_in(scan: IndexScan, row: Any) -> tuple[Any, ...]:
    """The key of a row."""
    return tuple(getattr(row, name) for name in _names("key", scan))


def _names(prefix: str, scan: IndexScan) -> list[str]:
    return [f"{prefix}_{number}" for number in range(len(scan.key))]


def _range(shape: Shape) -> list[ColumnElement[bool]]:
    scan, conditions = shape.scan, list[ColumnElement[bool]]()
    if shape.lower is not None:
        conditions.append(scan.key[0] >= bindparam(shape.lower.name, type_=scan.key[0].type))
    else:
        after, compared = _key_of(scan, "after"), _compared(scan)
        conditions.append(compared >= after if shape.at else compared > after)
    if shape.to:
        conditions.append(_compared(scan) <= _key_of(scan, "to"))
    elif shape.upper is not None:
        conditions.append(_upper(scan, shape.upper))
    return conditions


def _upper(scan: IndexScan, given: Filter) -> ColumnElement[bool]:
    kind = scan.key[0].type
    if given.comparison == "prefix":
        return scan.key[0] < bindparam(f"{given.name}_end", type_=kind)
    return scan.key[0] <= bindparam(given.name, type_=kind)


def _compared(scan: IndexScan) -> ColumnElement[Any]:
    return scan.key[0] if len(scan.key) == 1 else tuple_(*scan.key)


def _key_of(scan: IndexScan, prefix: str) -> ColumnElement[Any]:
    values: list[ColumnElement[Any]] = [
        bindparam(name, type_=column.type)
        for name, column in zip(_names(prefix, scan), scan.key, strict=True)
    ]
    return values[0] if len(values) == 1 else tuple_(*values)
