"""How often each kind of operation comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Mix:
    """The quantities that are asked for, and how often each kind of operation comes."""

    opening: int
    """Units of each of the first batches."""
    line: Sequence[int]
    batch: Sequence[int]
    change: Sequence[int]
    weights: Mapping[str, int]
    """By the names of the kinds in `supply`, `demand` and `refused`."""

    @property
    def is_plain(self) -> bool:
        """Whether it has the chapter's messages only, without overdue batches, and no wishes."""
        return "changed line" not in self.weights


_REFUSED: Final = {
    "other quantity": 2,
    "other facts": 2,
    "other receipt": 1,
    "unknown sku": 1,
    "unknown batch": 2,
    "unknown line": 2,
    "unknown order": 1,
    "too many units": 2,
}

SERVED: Final = Mix(
    100,
    range(1, 6),
    range(40, 161),
    range(121),
    {
        "line": 100,
        "same order": 15,
        "known line": 16,
        "changed line": 16,
        "cancelled line": 12,
        "cancelled order": 6,
        "shipped line": 20,
        "shipped order": 10,
        "unshipped line": 6,
        "batch": 9,
        "known batch": 3,
        "quantity": 14,
        "date": 8,
        "block": 4,
        "unblock": 5,
        "cancelled batch": 1,
        "receipt": 6,
        "known receipt": 2,
        "huge": 3,
        **_REFUSED,
    },
)
"""Long runs: most requests are new order lines."""

SIMULATED: Final = Mix(
    6,
    (1, 2, 2, 5),
    (5, 10),
    (0, 3, 6, 12, 20),
    {
        "line": 30,
        "same order": 8,
        "known line": 6,
        "changed line": 9,
        "cancelled line": 9,
        "cancelled order": 6,
        "shipped line": 9,
        "shipped order": 5,
        "unshipped line": 5,
        "batch": 6,
        "known batch": 2,
        "quantity": 13,
        "date": 8,
        "block": 6,
        "unblock": 5,
        "cancelled batch": 3,
        "receipt": 7,
        "known receipt": 2,
        **_REFUSED,
    },
)
"""Short histories, in which every operation meets the others."""

PLAIN: Final = Mix(
    6,
    (1, 2, 2, 5),
    (5, 10),
    (0, 3, 6, 12, 20),
    {
        "line": 22,
        "known line": 5,
        "other quantity": 2,
        "unknown sku": 1,
        "batch": 5,
        "known batch": 2,
        "other facts": 2,
        "quantity": 16,
        "unknown batch": 1,
    },
)
"""Short histories of the chapter's three messages, which the plain oracle knows."""
