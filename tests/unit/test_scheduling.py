"""Tests are shared out one by one, except for the modules whose tests share what is expensive."""

from pathlib import Path

from tests.support.scheduling import TOGETHER, scope_of

ROOT = Path(__file__).parents[2]


def test_the_tests_of_a_module_that_stays_together_have_one_scope() -> None:
    for place in TOGETHER:
        module = f"{place}test_x.py" if place.endswith("/") else place
        assert scope_of(f"{module}::test_a[x::y]") == scope_of(f"{module}::test_b") == module


def test_every_other_test_has_a_scope_of_its_own() -> None:
    nodeid = "tests/unit/test_scheduling.py::test_a[1]"

    assert scope_of(nodeid) == nodeid


def test_every_module_that_stays_together_is_there() -> None:
    assert [place for place in TOGETHER if not (ROOT / place).exists()] == []
