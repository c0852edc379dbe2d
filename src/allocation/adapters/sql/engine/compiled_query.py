"""What is asked of a database, in its words, and how its values become ours, and ours its."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Dialect, Select, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]

FEW: Final = 16

DIALECTS: Final[dict[str, Dialect]] = {
    "sqlite": sqlite.dialect(paramstyle="named"),
    "postgresql": postgresql.psycopg.dialect(),  # type: ignore[no-untyped-call]
}


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """What is asked, and how the values at these places of an answer become ours."""

    statement: str
    conversions: Sequence[tuple[int, Convert]]
    constants: Mapping[str, object] = field(default_factory=dict)


@lru_cache
def compiled(select: Select[Any], name: str) -> CompiledQuery:
    """A query, in the words of this database."""
    dialect = DIALECTS[name]
    compiled = select.compile(dialect=dialect)
    types = [column.type for column in select.selected_columns]
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    return CompiledQuery(str(compiled), _conversions(dialect, types), constants)


def is_converted(kind: TypeEngine[Any], name: str) -> bool:
    """Whether the driver takes values of this type otherwise than as they are."""
    dialect = DIALECTS[name]
    return kind.dialect_impl(dialect).bind_processor(dialect) is not None


@lru_cache
def conversion_of(kind: TypeEngine[Any], name: str) -> Convert:
    """How a value of ours becomes the driver's."""
    dialect = DIALECTS[name]
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return lambda value: value
    return lru_cache(FEW)(convert)  # the rows of a group have the same few dates


def conversions_of(table: Table, columns: Sequence[str], name: str) -> list[tuple[int, Convert]]:
    """How the values of these columns become ours."""
    return _conversions(DIALECTS[name], [table.c[column].type for column in columns])


def _conversions(dialect: Dialect, types: Sequence[TypeEngine[Any]]) -> list[tuple[int, Convert]]:
    told = [kind.dialect_impl(dialect).result_processor(dialect, None) for kind in types]
    return [(place, convert) for place, convert in enumerate(told) if convert is not None]


def converted(row: Sequence[Any], conversions: Sequence[tuple[int, Convert]]) -> tuple[Any, ...]:
    """An answer's row, with the values that are ours."""
    values = list(row)
    for place, convert in conversions:
        values[place] = convert(values[place])
    return tuple(values)
