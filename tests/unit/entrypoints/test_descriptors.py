"""How many connections there are descriptors for."""

import pytest

from allocation.entrypoints.http.descriptors import MOST_CONNECTIONS, OWN, budget_of


@pytest.mark.parametrize("descriptors", [8, 64, 256, 1024, 20_000, 2**31])
def test_some_are_left_for_the_database_and_for_all_that_is_accepted_at_once(
    descriptors: int,
) -> None:
    budget = budget_of(descriptors, None)
    assert budget.connections >= 1
    assert budget.backlog >= 1
    own = descriptors - budget.connections - budget.backlog
    assert own >= min(OWN, descriptors // 2)
    assert budget.connections <= MOST_CONNECTIONS


def test_a_setting_counts_as_far_as_there_are_descriptors() -> None:
    assert budget_of(20_000, 7).connections == 7
    assert budget_of(1024, 100_000).connections < 1024 - OWN
