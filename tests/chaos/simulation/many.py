"""Many histories, on all processors."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from tests.chaos.simulation.places import InMemory, OnSqlite, Place
from tests.chaos.simulation.world import World

PORTION: Final = 50


def places(template: Path | None = None) -> Callable[[], Place]:
    """Makes places in memory; or, with a migrated file to copy, on SQLite."""
    return InMemory if template is None else partial(OnSqlite, template)


def failures(seeds: range, template: Path | None = None) -> dict[int, list[str]]:
    """The findings of the histories of these seeds in which something is wrong."""
    portions = [seeds[start : start + PORTION] for start in range(0, len(seeds), PORTION)]
    # Not forked: the calling process may have threads.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as processes:
        failed = list(processes.map(partial(failures_of, template=template), portions))
    return {seed: findings for portion in failed for seed, findings in portion.items()}


def failures_of(seeds: Iterable[int], template: Path | None = None) -> dict[int, list[str]]:
    """The same, one history after the other, in this process."""
    place = places(template)
    return {seed: findings for seed in seeds if (findings := World(seed, place()).run())}


def first_failure(seeds: Iterable[int], template: Path | None = None) -> int | None:
    """The first of these seeds with which something is wrong."""
    place = places(template)
    return next((seed for seed in seeds if World(seed, place()).run()), None)
