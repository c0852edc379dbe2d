"""Ten thousand histories hold; and the simulation finds every kind of bug it is there for."""

import os
import subprocess
import sys

import pytest

from tests.simulation.many import failures_of, first_failure
from tests.simulation.planted_bugs import BUGS
from tests.simulation.world import World

PORTION = 500
"""Histories in one test: few enough for the workers to share them out evenly."""

FAULTS = ("error at", "killed at", "unknown outcome", "broken handler", "mail fails", "overtaken")


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 10_000, PORTION))
def test_ten_thousand_histories_hold(first: int) -> None:
    assert failures_of(range(first, first + PORTION)) == {}


def test_the_command_runs_many_histories_on_all_processors() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--first", "10000", "--many", "100"]
    output = subprocess.run(command, capture_output=True, text=True, check=True)
    assert output.stdout == "100 histories, 0 failures\n"


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str) -> None:
    with BUGS[bug]():
        assert first_failure(range(2_000)) is not None


def test_every_kind_of_fault_strikes_and_much_is_done_all_the_same() -> None:
    worlds = [World(seed) for seed in range(100)]
    for world in worlds:
        assert world.run() == []
    output = [line for world in worlds for line in world.trace]
    for fault in FAULTS:
        assert sum(fault in line for line in output) >= 10, fault
    moved = [line for line in output if "BatchQuantityChanged" in line and "(['o" in line]
    assert len(moved) >= 10, "lines are taken off, or nothing is at stake"


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_seed_is_the_same_history_every_time(hash_seed: str) -> None:
    seed = 46
    world = World(seed)
    world.run()
    output = subprocess.run(
        [sys.executable, "-m", "tests.simulation", str(seed)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert output.stdout.splitlines() == [f"seed {seed}", *world.trace]
