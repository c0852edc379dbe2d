"""Whatever happens to stock and lines, in whatever order: the invariants of a promise hold.

On databases: see tests/contract/test_life.py.
"""

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryUnitOfWork
from tests.support.builders import TODAY
from tests.support.executors import Everybody, Executor, Script
from tests.support.life_machine import LifeMachine
from tests.support.storages import memory_store

CI = settings(derandomize=True, max_examples=80, stateful_step_count=40, deadline=None)


def by_the_bus() -> Executor:
    """As the chapter does it."""
    return Script(MemoryUnitOfWork(today=TODAY))


def in_groups() -> Executor:
    """The same through processors, whose groups are so small that they cut cascades."""
    memory = Memory()
    stores = memory_store(memory), memory_store(memory)
    return Everybody(stores, MemoryUnitOfWork(memory, today=TODAY))


@pytest.mark.parametrize("executor", [by_the_bus, in_groups])
def test_the_invariants_hold_after_any_messages(executor: Callable[[], Executor]) -> None:
    run_state_machine_as_test(lambda: LifeMachine(executor()), settings=CI)  # type: ignore[arg-type]  # a function will do
