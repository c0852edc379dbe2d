"""How much is measured: `make bench` measures in full, `--quick` tells little."""

from dataclasses import dataclass
from typing import Final

DATABASES: Final = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Effort:
    """The sizes of one run."""

    seconds: float
    """Of load for each point."""
    slow_seconds: float
    """The same for a server of a few requests a second."""
    warm_up: float
    """Seconds of load before the answers are counted."""
    rounds: int
    """How often each point is measured, in turn with what it is compared with."""
    skus: int
    """Products that share the load, where it is not one."""
    groups: int
    """Groups of 256 lines written by hand for each measurement; as many commits alone."""
    clients: tuple[int, ...]
    """Connections at once; the last is the most."""
    baseline_skus: int
    """Products that share the load on the baseline: each has its history."""
    baseline_histories: tuple[int, ...]
    """Lines that each product has before the load, on the baseline and on ours."""
    long_skus: int
    """Products that share the load where each has a long history."""
    long_histories: tuple[int, ...]
    """The same on ours alone."""


FULL: Final = Effort(
    seconds=3,
    slow_seconds=15,
    warm_up=0.5,
    rounds=3,
    skus=1000,
    groups=100,
    clients=(1, 8, 64),
    baseline_skus=100,
    baseline_histories=(0, 1_000, 10_000),
    long_skus=10,
    long_histories=(0, 1_000, 100_000),
)

QUICK: Final = Effort(
    seconds=0.25,
    slow_seconds=0.25,
    warm_up=0.05,
    rounds=1,
    skus=20,
    groups=2,
    clients=(1, 8),
    baseline_skus=5,
    baseline_histories=(0, 20),
    long_skus=5,
    long_histories=(0, 50),
)
