"""Random choices from a seed."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Sampler:
    """Random choices that are the same for the same seed, everywhere.

    It uses `Random.random` only, the method for which Python promises the same numbers in every
    version.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random  # noqa: S311 - no secret: the same shop every time

    def one_of(self, choices: Sequence[T]) -> T:
        """One of the choices, each with the same probability."""
        return choices[int(self._random() * len(choices))]

    def early_one_of(self, choices: Sequence[T]) -> T:
        """One of the choices, the first ones with the highest probability."""
        return choices[int(self._random() * self._random() * len(choices))]

    def happens(self, probability: float) -> bool:
        """Whether something with this probability happens."""
        return self._random() < probability

    def between(self, low: float, high: float) -> float:
        """A number from `low` up to, but not including, `high`."""
        return low + self._random() * (high - low)
