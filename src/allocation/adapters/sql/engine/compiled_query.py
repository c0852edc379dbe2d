"""Compiled queries, and the conversion of values between Python and the database driver."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import CompoundSelect, Dialect, Select, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]

CACHED_VALUES: Final = 16

_LIMIT: Final = re.compile(r"\bLIMIT (?=:)")

DIALECTS: Final[dict[str, Dialect]] = {
    "sqlite": sqlite.dialect(paramstyle="named"),
    "postgresql": postgresql.psycopg.dialect(),  # type: ignore[no-untyped-call]
}


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """The SQL of a query, with the conversions of its result columns by index."""

    statement: str
    conversions: Sequence[tuple[int, Convert]]
    constants: Mapping[str, object] = field(default_factory=dict)


@lru_cache
def compiled(select: Select[Any] | CompoundSelect[Any], name: str) -> CompiledQuery:
    """Compile a query for a database."""
    dialect = DIALECTS[name]
    compiled = select.compile(dialect=dialect)
    types = [column.type for column in select.selected_columns]
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    statement = str(compiled)
    if name == "sqlite":
        # SQLite would plan the query anew for every execution: the plan of a query depends on the
        # value of its LIMIT, if that is nothing but a parameter.
        statement = _LIMIT.sub("LIMIT 0 + ", statement)
    return CompiledQuery(statement, _conversions(dialect, types), constants)


def is_converted(kind: TypeEngine[Any], name: str) -> bool:
    """Whether values of this type must be converted for the driver."""
    dialect = DIALECTS[name]
    return kind.dialect_impl(dialect).bind_processor(dialect) is not None


@lru_cache
def conversion_of(kind: TypeEngine[Any], name: str) -> Convert:
    """The conversion of a Python value of this type for the driver."""
    dialect = DIALECTS[name]
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return lambda value: value
    return lru_cache(CACHED_VALUES)(convert)  # the rows of a group have the same few dates


def conversions_of(table: Table, columns: Sequence[str], name: str) -> list[tuple[int, Convert]]:
    """The conversions of these columns' values to Python, by index."""
    return _conversions(DIALECTS[name], [table.c[column].type for column in columns])


def _conversions(dialect: Dialect, types: Sequence[TypeEngine[Any]]) -> list[tuple[int, Convert]]:
    processors = [kind.dialect_impl(dialect).result_processor(dialect, None) for kind in types]
    return [(index, convert) for index, convert in enumerate(processors) if convert is not None]


def converted(row: Sequence[Any], conversions: Sequence[tuple[int, Convert]]) -> tuple[Any, ...]:
    """A result row with its values converted to Python."""
    values = list(row)
    for index, convert in conversions:
        values[index] = convert(values[index])
    return tuple(values)
