"""The simulated histories hold, and the simulation finds every planted bug.

`make soak` simulates ten thousand histories in memory, and a thousand on SQLite.
"""

import os
import subprocess
import sys

import pytest

from tests.chaos.simulation.many import failures_of, first_failure
from tests.chaos.simulation.planted_bugs import BUGS
from tests.chaos.simulation.planted_rules import RULES
from tests.chaos.simulation.world import World
from tests.chaos.workload import MESSAGES
from tests.support.databases import SQLite

FAULTS = ("error at", "killed at", "unknown outcome", "broken handler", "mail fails", "overtaken")

PLANTED = {**BUGS, **RULES}


def simulate(*words: str, hash_seed: str = "0") -> str:
    command = [sys.executable, "-m", "tests.chaos.simulation", *words]
    env = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_simulated_servers_in_memory_keep_every_promise_under_every_kind_of_fault() -> None:
    worlds = [World(seed) for seed in range(300)]
    assert {world.seed: findings for world in worlds if (findings := world.run())} == {}

    steps = [line for world in worlds for line in world.trace]
    for fault in FAULTS:
        assert sum(fault in line for line in steps) >= 10, fault
    moved = [line for line in steps if "BatchQuantityChanged" in line and "(['k" in line]
    assert len(moved) >= 10, "corrections take lines off, or nothing is at stake"
    for message in MESSAGES.values():
        answers = [line.partition("): ")[2] for line in steps if f" {message}(" in line]
        done = sum(answer.startswith("(") for answer in answers)
        assert min(done, len(answers) - done) >= 3, f"{message} is done, and is refused"


@pytest.mark.slow
def test_simulated_servers_on_sqlite_keep_every_promise(sqlite: SQLite) -> None:
    assert failures_of(range(40), sqlite.template) == {}


def test_the_command_simulates_many_histories_on_all_processors() -> None:
    assert simulate("--first", "10000", "--many", "60") == "60 histories, 0 failures\n"


@pytest.mark.slow
@pytest.mark.parametrize("bug", PLANTED)
def test_the_simulation_finds_a_planted_bug(bug: str) -> None:
    with PLANTED[bug]():
        assert first_failure(range(2_000)) is not None


@pytest.mark.slow
def test_the_simulation_on_sqlite_finds_a_planted_bug(sqlite: SQLite) -> None:
    with BUGS["lost follow up"]():
        assert first_failure(range(200), sqlite.template) is not None


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_seed_gives_the_same_history_every_time(hash_seed: str) -> None:
    world = World(46)
    world.run()
    output = simulate("46", hash_seed=hash_seed)
    assert output.splitlines() == ["seed 46", *world.trace]
