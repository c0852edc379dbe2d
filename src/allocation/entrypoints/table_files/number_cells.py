"""Whole numbers in cells, as spreadsheets of different countries write them."""

import re
from typing import Final, NamedTuple

from allocation.entrypoints.table_files.names_in_cells import checked_error_value
from allocation.entrypoints.table_files.stored_values import (
    DisguisedNumber,
    StoredNumber,
    StoredText,
    Unusable,
)
from allocation.errors import InvalidValue

DIGITS: Final = 20
"""The number of digits to parse; a number with more is too large in any case."""

DECIMALS: Final = (",", ".")
"""The characters that can stand before the fraction of a number; the other one groups digits."""

_BLANKS: Final = " \u00a0\u2009\u202f'\u2019"
"""The characters that group digits whichever the decimal character is."""

_SIGNED: Final = re.compile("([+\u2212-]?)([0-9].*?)(-?)")
_BRACKETS: Final = re.compile(r"\(.*\)")

_LITERAL: Final = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')
"""What a number format shows as it is, or not at all."""

_SCALING: Final = re.compile("[0#?],+(?![0#?,])")
"""Commas behind the digits before the fraction, each of which divides by a thousand."""


def _pattern(decimal: str) -> "re.Pattern[str]":
    group = "." if decimal == "," else ","
    grouped = f"[1-9][0-9]{{0,2}}(?:([{_BLANKS}{group}])[0-9]{{3}})(?:\\2[0-9]{{3}})*"
    return re.compile(f"([0-9]+|{grouped})(?:[{decimal}]([0-9]+))?")


_PATTERNS: Final = {decimal: _pattern(decimal) for decimal in DECIMALS}
_NO_DIGIT: Final = re.compile("[^0-9]")


class _Reading(NamedTuple):
    """A number without its sign: its digits before and after the decimal character."""

    whole: str
    fraction: str

    def __str__(self) -> str:
        return f"{self.whole}.{self.fraction}" if self.fraction else self.whole


def number_from(column: str, text: str, decimal: str | None) -> int:
    """The whole number that a cell holds; `decimal` is the character before a fraction, if said.

    Raises:
        InvalidValue: it holds none, or can be read as two different numbers.
    """
    if isinstance(text, StoredText):
        return _stored_number(column, text)
    if not (match := _SIGNED.fullmatch(text)):
        raise InvalidValue(column, text, _no_number(column, text))
    sign, digits, sign_behind = match.groups()
    readings = _readings(digits, decimal)
    if not readings or (sign and sign_behind):
        raise InvalidValue(column, text, _no_number(column, text, decimal))
    if len(set(readings.values())) > 1:
        choices = " or ".join(f"{value} (--decimal {key})" for key, value in readings.items())
        raise InvalidValue(column, text, f"is {choices}: say which")
    [reading] = set(readings.values())
    if reading.fraction:
        raise InvalidValue(column, text, "is not a whole number")
    value = int(reading.whole[:DIGITS])
    return value if sign in {"", "+"} and not sign_behind else -value


def _readings(digits: str, decimal: str | None) -> dict[str, _Reading]:
    readings = {}
    for character in (decimal,) if decimal else DECIMALS:
        if match := _PATTERNS[character].fullmatch(digits):
            whole = _NO_DIGIT.sub("", match[1]).lstrip("0") or "0"
            readings[character] = _Reading(whole, (match[3] or "").rstrip("0"))
    return readings


def _no_number(column: str, text: str, decimal: str | None = None) -> str:
    checked_error_value(column, text)
    if _BRACKETS.fullmatch(text):
        return "is in brackets, as negative amounts are: write a whole number"
    if text.endswith("%"):
        return "is a percentage: write a whole number"
    as_said = f" with the decimal character {decimal}" if decimal else ""
    return f"is not an integer{as_said}"


def _stored_number(column: str, text: StoredText) -> int:
    if isinstance(text, Unusable):
        raise InvalidValue(column, text, text.reason)
    if not isinstance(text, StoredNumber):
        raise InvalidValue(column, text, f"is {text.noun} in the workbook, not a number")
    if isinstance(text, DisguisedNumber):
        if "%" in text.number_format:
            raise InvalidValue(column, text, "is a percentage: write a whole number")
        if _is_scaled(text.number_format):
            reason = f"is shown in thousands, in the number format {text.number_format}"
            raise InvalidValue(column, text, f"{reason}: show the whole number")
    if not text.removeprefix("-").isdecimal():
        raise InvalidValue(column, text, "is not a whole number")
    return int(text)


def _is_scaled(number_format: str) -> bool:
    """Whether a number format shows a number in thousands or millions, such as 12500 as 13k."""
    return _SCALING.search(_LITERAL.sub("", number_format)) is not None
