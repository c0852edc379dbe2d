"""A member of a JSON object that is there twice.

JSON's readers take the last of them and say nothing; other readers take the first. What the
sender has meant nobody can know, so it is refused.
"""

import json
from typing import Any

from allocation.entrypoints.http.errors import RepeatedField


def may_have_duplicates(body: bytes, distinct: int) -> bool:
    """Whether the JSON object, whose values are no objects, can have a member twice.

    `distinct` is how many different members it has at the least. Each of its members has a
    colon of its own, and a colon is the same byte wherever it stands: with no more colons than
    different members there is none left for a second of one. With more, a text may have them.
    """
    return body.count(b":") > distinct


def refuse_duplicates(body: bytes) -> None:
    """Read JSON once more, slowly, for its members' names.

    Raises:
        RepeatedField: one is there twice, however it is written, and at whatever depth.
    """
    # Numbers are not looked at: one with thousands of digits is no affair of this.
    json.loads(body, object_pairs_hook=_names_once, parse_int=str, parse_float=str)


def _names_once(members: list[tuple[str, Any]]) -> None:
    seen = set[str]()
    for name, _ in members:
        if name in seen:
            raise RepeatedField(f"{name:.80} is there twice", name)
        seen.add(name)
