"""How much is measured: `make bench` measures in full, `--short` once, `--quick` tells little."""

from dataclasses import dataclass, replace
from typing import Final

DATABASES: Final = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One point at which ours is compared with the baseline."""

    skus: int
    """Products that share the load."""
    history: int
    """Lines that each of them has before."""
    seconds: float
    """Of load on the baseline; more where it does a few requests a second."""
    rounds: int


@dataclass(frozen=True, slots=True)
class Effort:
    """The sizes of one run."""

    seconds: float
    """Of load for each point."""
    warm_up: float
    """Seconds of load before the answers are counted."""
    rounds: int
    """How often each point is measured, in turn with what it is compared with."""
    skus: int
    """Products that share the load, where it is not one."""
    groups: int
    """Groups of 256 lines written by hand for each measurement."""
    bulk: int
    """Lines in a file that is imported, and in all the bodies of one measurement."""
    scale: str
    """Of TPC-H's data."""
    many: int
    """Lines over which memory is watched."""
    clients: tuple[int, ...]
    """Connections at once; the last is the most."""
    comparisons: tuple[Comparison, ...]
    long_skus: int
    """Products that share the load where each has a long history."""
    histories: tuple[int, ...]
    """How many lines each of them has before, beginning with none."""
    resized: tuple[int, ...]
    """Lines of a batch, or of a queue, that is corrected by ten."""
    many_batches: int
    """Batches of one sku, or lines of different quantities that wait for it."""
    cascades: tuple[int, ...]
    """Lines that one correction moves."""
    explained: tuple[int, int]
    """Few and many lines of other orders, beside one whose history is read."""
    listed: tuple[int, int]
    """Few and many order lines in a database whose lists are read; as many batches."""
    logged: int
    """Messages in a log whose beginning and end are read by the feed."""
    boards: tuple[int, int]
    """Few and many order lines in a database whose pages are read; a tenth as many products."""
    board_databases: tuple[str, ...] = ("sqlite",)
    """On which the pages are read."""
    databases: tuple[str, ...] = DATABASES
    """For the hot sku and the histories; all else is measured on both."""


FULL: Final = Effort(
    seconds=2,
    warm_up=0.4,
    rounds=3,
    skus=1000,
    groups=100,
    bulk=100_000,
    scale="0.1",
    many=1_000_000,
    clients=(1, 8, 64),
    comparisons=(
        Comparison(skus=100, history=0, seconds=2, rounds=3),
        Comparison(skus=100, history=1_000, seconds=4, rounds=1),
        Comparison(skus=100, history=10_000, seconds=15, rounds=1),
        Comparison(skus=1, history=0, seconds=2, rounds=2),
    ),
    long_skus=5,
    histories=(0, 1_000, 100_000),
    resized=(100, 10_000, 100_000),
    many_batches=20_000,
    cascades=(2_000, 200_000),
    explained=(1_000, 1_000_000),
    listed=(1_000, 1_000_000),
    logged=1_000_000,
    boards=(10_000, 1_000_000),
)

SHORT: Final = replace(
    FULL,
    seconds=1,
    rounds=1,
    bulk=20_000,
    explained=(1_000, 100_000),
    listed=(1_000, 100_000),
    logged=100_000,
    boards=(10_000, 100_000),
)
"""One of many runs that are compared with each other."""

QUICK: Final = Effort(
    seconds=0.1,
    warm_up=0.05,
    rounds=1,
    skus=20,
    groups=2,
    bulk=500,
    scale="0.01",
    many=2_000,
    clients=(4,),
    comparisons=(Comparison(skus=5, history=20, seconds=0.3, rounds=1),),
    long_skus=5,
    histories=(0, 50),
    resized=(100, 200),
    many_batches=300,
    cascades=(100, 300),
    explained=(20, 200),
    listed=(100, 300),
    logged=3_000,
    boards=(600, 1_200),
    databases=("postgresql",),
)
