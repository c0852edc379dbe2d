"""The notebook of a test."""

import pytest

from tests.support.workers import WorkerHarness


@pytest.fixture
def harness() -> WorkerHarness:
    """A notebook, with a processor and, in a test that is a coroutine, a worker."""
    return WorkerHarness()


@pytest.fixture
def small_groups() -> WorkerHarness:
    """A notebook with groups of four messages."""
    return WorkerHarness(max_group_size=4)
