"""Each scenario of docs/scenarios.md happens as it is told there."""

from pathlib import Path

import pytest

from tests.support.scenarios import Desk, Scenario, scenarios

SCENARIOS = scenarios()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.title)
def test_every_command_prints_what_the_page_says(scenario: Scenario, tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    for typed in scenario.typed_lines:
        assert desk.type(typed) == typed.output, typed.line


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.title)
def test_a_scenario_begins_with_a_day_and_ends_with_the_check(scenario: Scenario) -> None:
    assert len(scenario.blocks) == 1
    assert scenario.typed_lines[0].day is not None
    assert scenario.typed_lines[-1].line == "allocation verify"


def test_the_year_goes_on_from_scenario_to_scenario() -> None:
    days = [typed.day for scenario in SCENARIOS for typed in scenario.typed_lines if typed.day]

    assert days == sorted(days)
    assert len(SCENARIOS) >= 20
