"""A small run of the rig; `python -m tests.chaos.rig` is the full one."""

from pathlib import Path

import pytest

from tests.chaos.rig.environment import Kind
from tests.chaos.rig.run import run
from tests.chaos.rig.summary import summary

KILLS_AND_PAUSES = 10


@pytest.mark.slow
@pytest.mark.timeout(900)  # a pause is a pause, and machines are slow
@pytest.mark.parametrize(("kind", "seed"), [("sqlite", 1), ("postgresql", 2)])
def test_no_promise_is_broken_by_kills_and_pauses_under_load(
    kind: Kind, seed: int, tmp_path: Path
) -> None:
    outcome = run(kind, KILLS_AND_PAUSES, seed, tmp_path, print)
    report = summary(outcome)
    print(report)  # noqa: T201 - shown when it fails
    assert (
        outcome.environment.tally["kills"] + outcome.environment.tally["pauses"] >= KILLS_AND_PAUSES
    )
    assert not any(outcome.findings.values()), report
