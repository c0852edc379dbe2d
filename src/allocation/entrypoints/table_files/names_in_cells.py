"""Names in cells: they are taken as they stand, unless they are something else."""

import re
from typing import Final

from allocation.entrypoints.table_files.stored_values import (
    DisguisedNumber,
    StoredNumber,
    StoredText,
    Unusable,
)
from allocation.errors import InvalidValue

_ERROR_VALUES: Final = frozenset(
    error
    for language in (
        ("#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"),
        ("#SPILL!", "#CALC!", "#FIELD!", "#GETTING_DATA"),
        ("#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#ÜBERLAUF!"),
        ("#VALEUR!", "#NOM?", "#NOMBRE!", "#NUL!"),
        ("#¡REF!", "#¿NOMBRE?", "#¡VALOR!", "#¡DIV/0!", "#¡NUM!", "#¡NULO!"),
        ("#RIF!", "#NOME?", "#VALORE!"),
    )
    for error in language
)
"""What spreadsheets write for a value that they could not compute, in several languages."""

_TOO_NARROW: Final = re.compile("##+")
"""What spreadsheets show, and export as text, if a column is too narrow."""

_SHORTENED: Final = re.compile("[0-9](?:[.,][0-9]+)?E[+][0-9]{2,3}")
"""What a spreadsheet makes of a number with many digits, such as 4.00638E+12."""

_QUOTED: Final = re.compile('="[^"]*"')
"""A formula that keeps the zeros of a name when a spreadsheet opens the file."""

IS_ERROR: Final = "is an error of the spreadsheet: correct the cell, and save the file again"
TOO_NARROW: Final = (
    "is what a spreadsheet shows if a column is too narrow: widen it, and save the file again"
)
AS_TEXT: Final = "format the column as text, and type the name"

_EXACT_DIGITS: Final = 15
"""The digits that a workbook stores of a number."""


def checked_error_value(column: str, text: str) -> str:
    """The text, unless it is an error value of a spreadsheet.

    Raises:
        InvalidValue: it is one.
    """
    if text in _ERROR_VALUES:
        raise InvalidValue(column, text, IS_ERROR)
    if _TOO_NARROW.fullmatch(text):
        raise InvalidValue(column, text, TOO_NARROW)
    return text


def name_from(column: str, text: str) -> str:
    """The name that a cell holds which may be none, or whose value is no text in a workbook.

    Raises:
        InvalidValue: it is an error value, a number that a spreadsheet has shortened, or not
            certain to be what the workbook shows.
    """
    if not isinstance(text, StoredText):
        if _SHORTENED.fullmatch(text):
            raise InvalidValue(column, text, f"is a number without its last digits: {AS_TEXT}")
        if _QUOTED.fullmatch(text):
            raise InvalidValue(column, text, "is a formula: remove what is around the name")
        return checked_error_value(column, text)
    if isinstance(text, Unusable):
        raise InvalidValue(column, text, text.reason)
    if isinstance(text, DisguisedNumber):
        reason = f"is shown in the number format {text.number_format}, so its name is another"
        raise InvalidValue(column, text, f"{reason}: {AS_TEXT}")
    if not isinstance(text, StoredNumber):
        raise InvalidValue(column, text, f"is {text.noun} in the workbook, no name: {AS_TEXT}")
    digits = text.removeprefix("-")
    if not digits.isdecimal() or len(digits) > _EXACT_DIGITS:
        raise InvalidValue(column, text, f"is a number that may be shown otherwise: {AS_TEXT}")
    return str(text)
