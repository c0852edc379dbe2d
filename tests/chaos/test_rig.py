"""A small run of the rig, and its plans; `python -m tests.chaos.rig` is the full one."""

from pathlib import Path

import pytest

from tests.chaos.rig import faults, shortages
from tests.chaos.rig.environment import Kind
from tests.chaos.rig.plan import KILLS_AND_PAUSES, plan, with_their_ends
from tests.chaos.rig.run import RigOptions, run
from tests.chaos.rig.summary import summary

STRIKES = 10


@pytest.mark.slow
@pytest.mark.timeout(900)  # a pause is a pause, and machines are slow
@pytest.mark.parametrize(("kind", "seed"), [("sqlite", 1), ("postgresql", 2)])
def test_no_promise_is_broken_by_kills_and_pauses_under_load(
    kind: Kind, seed: int, tmp_path: Path
) -> None:
    outcome = run(RigOptions(kind, STRIKES, seed, steady=True), tmp_path, print)
    report = summary(outcome)
    print(report)  # noqa: T201 - shown when it fails
    assert outcome.environment.tally["kills"] + outcome.environment.tally["pauses"] >= STRIKES
    assert not any(outcome.findings.values()), report


KINDS: list[Kind] = ["sqlite", "postgresql"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_plan_has_all_kills_and_pauses_and_every_other_fault(kind: Kind) -> None:
    planned = plan(kind, 100, 1)
    strikes = [*KILLS_AND_PAUSES, faults.pause_for_long]
    assert sum(planned.count(fault) for fault in strikes) == 100
    assert planned.count(faults.clock_jump) == 10
    assert planned.count(shortages.replace_the_file) == (10 if kind == "sqlite" else 0)


def test_a_steady_plan_leaves_the_clocks_as_they_are() -> None:
    planned = plan("sqlite", 100, 1, steady=True)
    assert faults.clock_jump not in planned
    assert len(plan("sqlite", 100, 1)) - len(planned) == 20, "the jumps, and their ends"


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (faults.clock_jump, faults.clocks_right),
        (faults.trouble_with_mail, faults.mail_again),
    ],
)
def test_a_lasting_fault_ends_three_faults_later(begins: faults.Fault, ends: faults.Fault) -> None:
    kill, pause = faults.kill, faults.pause
    planned = with_their_ends([kill, begins, begins, kill, pause, kill, pause])
    assert list(planned) == [kill, begins, begins, kill, pause, ends, kill, ends, pause]
