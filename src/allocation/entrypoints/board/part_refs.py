"""References for the parts of a shipment that arrive one after the other."""

from collections.abc import Callable, Collection
from itertools import product
from string import ascii_lowercase
from typing import Final

LONGEST: Final = 255
"""The maximum length of a reference."""

LETTERS: Final = 2
"""The maximum number of letters that a suffix has."""


def first_free_ref(ref: str, taken: Callable[[Collection[str]], Collection[str]]) -> str:
    """The first of REF-a to REF-z, then REF-aa to REF-zz, that no batch has; empty if none is left.

    `taken` gives those of some references that batches have.
    """
    for letters in range(1, LETTERS + 1):
        suffixes = product(ascii_lowercase, repeat=letters)
        names = [f"{ref}-{''.join(suffix)}" for suffix in suffixes]
        if len(names[0]) > LONGEST:
            return ""
        present = taken(names)
        free = next((name for name in names if name not in present), "")
        if free:
            return free
    return ""
