"""The faults of a run in their order: the same for the same seed."""

import random
from collections.abc import Iterator
from typing import Final

from tests.chaos.rig import faults, shortages
from tests.chaos.rig.environment import Kind
from tests.chaos.rig.faults import Fault

KILLS_AND_PAUSES: Final[dict[Fault, int]] = {
    faults.kill: 5,
    faults.kill_while_it_starts: 1,
    faults.kill_while_it_is_stopped: 1,
    faults.pause: 4,
}
"""How often each of them comes, compared with the others."""

_ALONE: Final[dict[Kind, tuple[Fault, ...]]] = {
    "sqlite": (shortages.fill_the_disk, shortages.replace_the_file),
    "postgresql": (
        shortages.restart_the_database,
        shortages.crash_the_database,
        faults.kill_all,
    ),
}
_EVERYWHERE: Final = (
    shortages.starve,
    faults.end,
    faults.slow_transaction,
    faults.import_a_file,
    faults.trouble_with_mail,
    faults.clock_jump,
)
_ENDS: Final[dict[Fault, Fault]] = {
    faults.trouble_with_mail: faults.mail_again,
    faults.clock_jump: faults.clocks_right,
}
"""Lasting faults, and the faults' ends, which come after three more faults."""

ANOTHER: Final = 10
"""To so many kills and pauses comes another round of all the other faults."""


def plan(kind: Kind, events: int, seed: int, *, steady: bool = False) -> list[Fault]:
    """So many kills and pauses, and the other faults; if it is `steady`, no clock jumps."""
    rng = random.Random(f"{seed}/{kind}")
    kinds, weights = list(KILLS_AND_PAUSES), list(KILLS_AND_PAUSES.values())
    rare = list(_rare(kind, events))
    common = rng.choices(kinds, weights, k=max(0, events - rare.count(faults.pause_for_long)))
    rounds = max(1, events // ANOTHER)
    every = [f for f in (*_ALONE[kind], *_EVERYWHERE) if not (steady and f is faults.clock_jump)]
    others = every * rounds
    planned = [*common, *rare, *others]
    rng.shuffle(planned)
    return list(with_their_ends(planned))


def _rare(kind: Kind, events: int) -> Iterator[Fault]:
    """Faults that take long: one in fifty events."""
    times = events // 50
    yield from [faults.pause_for_long] * times
    if kind == "postgresql":
        yield from [shortages.do_without_the_database] * times


def with_their_ends(planned: list[Fault]) -> Iterator[Fault]:
    """Every lasting fault ends after three more faults."""
    ends = dict[int, list[Fault]]()
    for place, fault in enumerate(planned):
        yield from ends.pop(place, ())
        if fault in _ENDS:
            ends.setdefault(place + 4, []).append(_ENDS[fault])
        yield fault
