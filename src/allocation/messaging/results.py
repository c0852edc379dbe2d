"""Checks that the log can store a handler's return value and load it unchanged.

The first answer to a message and the answers to its repetitions are then equal, whichever
server gives them. JSON has no tuples, sets, dates or objects, and no NaN or infinity.
"""

from collections.abc import Sequence
from math import isfinite
from typing import Final

from allocation.messaging.errors import UnrecordableResult

_SIMPLE: Final = frozenset({type(None), bool, int, str})


def check_recordable(results: Sequence[object]) -> None:
    """Check that every result survives a round trip through JSON.

    Raises:
        UnrecordableResult: a result, or a value inside one, does not.
    """
    for result in results:
        if type(result) not in _SIMPLE:
            _check(result)


def _check(value: object) -> None:
    kind = type(value)
    if kind in _SIMPLE or (isinstance(value, float) and kind is float and isfinite(value)):
        return
    if isinstance(value, list) and kind is list:
        for item in value:
            _check(item)
    elif isinstance(value, dict) and kind is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise UnrecordableResult(value)
            _check(item)
    else:
        raise UnrecordableResult(value)
