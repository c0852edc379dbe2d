"""How names that were taken in by an older version are spelt from revision 0006 on."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from allocation.domain.characters import composed, is_mark, shows_something
from allocation.domain.validation import LONGEST_TEXT

ALONE: Final = "\u25cc"
"""A circle of dots: what a combining mark that stands alone is drawn on."""

NAMELESS: Final = "nameless"

_ROOM_FOR_NUMBER: Final = 12

Names = dict[str, str]
"""By the older spelling, the new one; those that stay as they are, are left out."""


def respelt(name: str) -> str:
    """The name, composed, and without printable characters that show nothing.

    What this Python does not know is left alone: a newer one may.
    """
    seen = (c for c in name if shows_something(c) or not c.isprintable())
    # Composed afterwards: what shows nothing may have stood between a letter and its mark.
    # A part of a composed text is composed, and no mark makes one character with ALONE.
    text = composed("".join(seen)).strip(" ") or NAMELESS
    return (ALONE + text if is_mark(text[0]) else text)[:LONGEST_TEXT].rstrip(" ")


def numbered(name: str, is_taken: Callable[[str], bool]) -> str:
    """A name that can be told apart from this one, which is taken: `LÖT~2`."""
    number, beginning = 2, name[: LONGEST_TEXT - _ROOM_FOR_NUMBER]
    while is_taken(f"{beginning}~{number}"):
        number += 1
    return f"{beginning}~{number}"


class Spellings:
    """The new names of everything, and what they are in the log's messages."""

    def __init__(self, skus: Names, refs: Names, orders: Names, ids: Names) -> None:
        self._by_field: Mapping[str, Names] = {
            "sku": skus,
            "ref": refs,
            "batchref": refs,
            "orderid": orders,
            "letter": ids,
        }

    def of(self, field: str, value: Any) -> Any:
        """A value of a field; whatever has no name in it stays as it is."""
        names = self._by_field.get(field)
        if names is None or not isinstance(value, str) or value.isascii():
            return value
        return names.get(value) or respelt(value)

    def facts(self, facts: dict[str, Any]) -> dict[str, Any]:
        """The fields of a message or a refusal."""
        renamed = {field: self.of(field, value) for field, value in facts.items()}
        if facts.get("field") == "sku":  # of a conflict between two, or of a value that cannot be
            sides = [side for side in ("known", "asked") if side in facts]
            renamed |= {side: self.of("sku", facts[side]) for side in sides}
        return renamed

    def results(self, kind: str, results: list[Any]) -> list[Any]:
        """What the handler of such a message has returned."""
        if kind in ("BatchCreated", "AllocationRequired"):
            return [self.of("ref", result) for result in results]
        if kind == "BatchQuantityChanged":
            return [[self.of("orderid", order) for order in taken_off] for taken_off in results]
        return results
