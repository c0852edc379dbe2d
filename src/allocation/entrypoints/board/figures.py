"""Key figures at the head of a page."""

from typing import NamedTuple


class Figure(NamedTuple):
    """A key figure; `kind` is "bad" if somebody must act."""

    label: str
    value: int
    kind: str = ""


def alarming(label: str, value: int) -> Figure:
    """A figure on which somebody must act unless it is zero."""
    return Figure(label, value, "bad" if value else "")
