"""Refuses JSON objects with duplicate names.

Some JSON parsers silently take the last of the duplicates, others the first. The sender's
intention is unknown, so the body is refused.
"""

import json
from typing import Any

from allocation.entrypoints.http.errors import RepeatedField


def may_have_duplicates(body: bytes, distinct: int) -> bool:
    """Whether a flat JSON object can have duplicate names; a fast test by counting colons.

    `distinct` is a lower bound for the number of different names. Every member has a colon,
    which is the same byte wherever it stands, so an object with no more colons than different
    names has no duplicates. With more, the colons may be part of a string.
    """
    return body.count(b":") > distinct


def refuse_duplicates(body: bytes) -> None:
    """Parse the body a second time, slowly, to find duplicate names.

    Raises:
        RepeatedField: an object has a duplicate name, in any spelling and at any depth.
    """
    # Numbers stay strings: Python refuses to convert thousands of digits.
    json.loads(body, object_pairs_hook=_check_names, parse_int=str, parse_float=str)


def _check_names(members: list[tuple[str, Any]]) -> None:
    seen = set[str]()
    for name, _ in members:
        if name in seen:
            raise RepeatedField(f"{name:.80} appears more than once", name)
        seen.add(name)
