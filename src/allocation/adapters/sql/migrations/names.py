"""The spelling, from revision 0006 on, of names that an older version has accepted."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from allocation.domain.characters import composed, is_mark, is_visible
from allocation.domain.validation import LONGEST_TEXT

ALONE: Final = "\u25cc"
"""A dotted circle, the conventional base of a combining mark without a letter."""

NAMELESS: Final = "nameless"

_ROOM_FOR_NUMBER: Final = 12

Names = dict[str, str]
"""The new spellings by the old ones; unchanged names are left out."""


def respelt(name: str) -> str:
    """Normalise a name to NFC, without printable but invisible characters.

    Characters unknown to this Python stay: a newer version may know them.
    """
    visible = (c for c in name if is_visible(c) or not c.isprintable())
    # Composed afterwards, since an invisible character may separate a letter from its mark. A
    # slice of a composed text is composed, and no mark combines with ALONE into one character.
    text = composed("".join(visible)).strip(" ") or NAMELESS
    return (ALONE + text if is_mark(text[0]) else text)[:LONGEST_TEXT].rstrip(" ")


def numbered(name: str, is_taken: Callable[[str], bool]) -> str:
    """Append a number to a name that is taken: `LÖT~2`."""
    number, beginning = 2, name[: LONGEST_TEXT - _ROOM_FOR_NUMBER]
    while is_taken(f"{beginning}~{number}"):
        number += 1
    return f"{beginning}~{number}"


class Spellings:
    """The new spellings of all names, and their replacement in the messages of the log."""

    def __init__(self, skus: Names, refs: Names, orders: Names, ids: Names) -> None:
        self._by_field: Mapping[str, Names] = {
            "sku": skus,
            "ref": refs,
            "batchref": refs,
            "orderid": orders,
            "letter": ids,
        }

    def of(self, field: str, value: Any) -> Any:
        """The new value of a field; fields that hold no name are unchanged."""
        names = self._by_field.get(field)
        if names is None or not isinstance(value, str) or value.isascii():
            return value
        return names.get(value) or respelt(value)

    def facts(self, facts: dict[str, Any]) -> dict[str, Any]:
        """The new fields of a message or a refusal."""
        renamed = {field: self.of(field, value) for field, value in facts.items()}
        if facts.get("field") == "sku":  # a conflict, or an invalid value
            sides = [side for side in ("known", "asked") if side in facts]
            renamed |= {side: self.of("sku", facts[side]) for side in sides}
        return renamed

    def results(self, kind: str, results: list[Any]) -> list[Any]:
        """The new results of a message of this type."""
        if kind in ("BatchCreated", "AllocationRequired"):
            return [self.of("ref", result) for result in results]
        if kind == "BatchQuantityChanged":
            return [[self.of("orderid", order) for order in taken_off] for taken_off in results]
        return results
