"""What a handler may return: what the log gives back as it was.

The first answer to a message and its repeats are then the same, whoever gives them. A JSON text
keeps no tuples, sets, dates or objects, and no float that is no number.
"""

from collections.abc import Sequence
from math import isfinite
from typing import Final

from allocation.messaging.errors import UnrecordableResult

_SIMPLE: Final = frozenset({type(None), bool, int, str})


def check_recordable(results: Sequence[object]) -> None:
    """Refuse what would come back as something else.

    Raises:
        UnrecordableResult: a result, or something in it.
    """
    for result in results:
        if type(result) not in _SIMPLE:
            _check(result)


def _check(value: object) -> None:
    kind = type(value)
    if kind in _SIMPLE or (isinstance(value, float) and kind is float and isfinite(value)):
        return
    if isinstance(value, list) and kind is list:
        for one in value:
            _check(one)
    elif isinstance(value, dict) and kind is dict:
        for key, one in value.items():
            if type(key) is not str:
                raise UnrecordableResult(value)
            _check(one)
    else:
        raise UnrecordableResult(value)
