"""Many histories, on all processors."""

import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from tests.simulation.world import World

PORTION: Final = 50


def failures(first: int, many: int) -> dict[int, list[str]]:
    """What was wrong with which of these seeds."""
    portions = [
        range(start, min(start + PORTION, first + many))
        for start in range(first, first + many, PORTION)
    ]
    # Not forked: whoever asks may have threads.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as processes:
        portions_failed = list(processes.map(failures_of, portions))
    return {seed: findings for portion in portions_failed for seed, findings in portion.items()}


def failures_of(seeds: Iterable[int]) -> dict[int, list[str]]:
    """The same of these seeds, one after the other, in this process."""
    return {seed: findings for seed in seeds if (findings := World(seed).run())}


def first_failure(seeds: Iterable[int]) -> int | None:
    """The first of these seeds with which something is wrong."""
    return next((seed for seed in seeds if World(seed).run()), None)
