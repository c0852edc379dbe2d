"""The filters of lists: their names, the values they accept, and the rows they let through."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Date, bindparam, func

from allocation.domain.errors import InvalidValue
from allocation.domain.validation import clean_text

Kind = Literal["name", "date", "flag", "choice", "number"]
"""What the value of a filter is."""

Comparison = Literal["=", "prefix", ">=", "<="]
"""How a column is compared with the value of a filter."""

MOST_DAYS: Final = 36_500
"""The maximum of a number of days."""

_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NUMBER: Final = re.compile("[0-9]{1,5}", re.ASCII)
_FLAGS: Final = {"true": True, "false": False}


@dataclass(frozen=True, eq=False, kw_only=True)
class Filter:
    """A filter of a list.

    Attributes:
        name: its parameter over HTTP; with dashes, its option at the command line.
        about: what it lets through.
        kind: what its value is.
        choices: the values of a choice.
        column: the column that is compared with the value.
        comparison: how the column is compared.
        condition: in place of a column, a condition with a parameter of the filter's name.
        of_groups: whether it is a condition of groups of entries (`HAVING`).
    """

    name: str
    about: str
    kind: Kind = "name"
    choices: tuple[str, ...] = ()
    column: ColumnElement[Any] | None = None
    comparison: Comparison = "="
    condition: ColumnElement[bool] | None = None
    of_groups: bool = False

    def parse(self, text: str) -> Any:
        """The value that a text stands for.

        Raises:
            InvalidValue: the text does not stand for a value.
        """
        match self.kind:
            case "name":
                return self._name(text)
            case "date":
                return _day(self.name, text)
            case "number":
                return _number(self.name, text)
            case "flag":
                return _choice(self.name, text, _FLAGS)
            case "choice":
                return _choice(self.name, text, {choice: choice for choice in self.choices})

    def _name(self, text: str) -> str:
        """A name; a prefix may end with blanks, which more of the name follows."""
        stem = text.rstrip(" ") if self.comparison == "prefix" else text
        return clean_text(self.name, stem) + text[len(stem) :]

    @property
    def residual(self) -> ColumnElement[bool] | None:
        """The condition where the order of the entries does not imply it.

        The column is part of an expression, or a database could search another index for it, and
        then sort.
        """
        if self.column is None:
            return self.condition
        column: ColumnElement[Any] = func.coalesce(self.column, self.column)
        value = bindparam(self.name, type_=self.column.type)
        match self.comparison:
            case "=":
                return column == value
            case "prefix":
                return func.substr(column, 1, func.length(value)) == value
            case ">=":
                return column >= value
            case "<=":
                return column <= value


def exactly(name: str, column: ColumnElement[Any], about: str) -> Filter:
    """Lets through what has this name."""
    return Filter(name=name, about=about, column=column)


def prefix_of(name: str, column: ColumnElement[Any], nouns: str) -> Filter:
    """Lets through what has a name that begins like this; upper and lower case differ."""
    about = f"Only {nouns} that begin like this; upper and lower case differ"
    return Filter(name=f"{name}_prefix", about=about, column=column, comparison="prefix")


def days_of(name: str, column: ColumnElement[Any], noun: str) -> tuple[Filter, Filter]:
    """Two filters: from this day on, and up to this day."""
    return (
        Filter(
            name=f"{name}_from",
            about=f"Only those with {noun} on or after this day",
            kind="date",
            column=column,
            comparison=">=",
        ),
        Filter(
            name=f"{name}_to",
            about=f"Only those with {noun} on or before this day",
            kind="date",
            column=column,
            comparison="<=",
        ),
    )


TODAY: Final = bindparam("today", type_=Date)
"""The parameter of every query that has the day on which it is asked."""


def _day(name: str, text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidValue(name, text, "is not a date of the form YYYY-MM-DD")


def _number(name: str, text: str) -> int:
    if not _NUMBER.fullmatch(text) or int(text) > MOST_DAYS:
        raise InvalidValue(name, text, f"is not a number from 0 to {MOST_DAYS:,}")
    return int(text)


def _choice(name: str, text: str, values: dict[str, Any]) -> Any:
    if text not in values:
        raise InvalidValue(name, text, f"is not one of {', '.join(values)}")
    return values[text]
