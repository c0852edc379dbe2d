"""Whatever happens, in whatever order: the model does what the design's words say.

On databases: see tests/contract/test_stock.py.
"""

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryUnitOfWork
from tests.support.builders import TODAY
from tests.support.executors import Everybody, Executor, Script
from tests.support.stock_machine import StockMachine
from tests.support.storages import memory_store
from tests.unit.chapter.test_handlers import FakeUnitOfWork

CI = settings(derandomize=True, max_examples=100, stateful_step_count=40, deadline=None)


def by_the_bus() -> Executor:
    """As the chapter does it."""
    return Script(MemoryUnitOfWork())


def with_the_chapters_fakes() -> Executor:
    """The same without any rollback: what is refused must not have changed anything."""
    return Script(FakeUnitOfWork())  # type: ignore[no-untyped-call]  # the chapter's


def in_groups() -> Executor:
    """The same through processors, whose groups are so small that they cut cascades."""
    memory = Memory()
    return Everybody(
        (memory_store(memory), memory_store(memory)), MemoryUnitOfWork(memory, today=TODAY)
    )


@pytest.mark.parametrize("executor", [by_the_bus, with_the_chapters_fakes, in_groups])
def test_the_model_agrees_with_the_oracle_after_any_operations(
    executor: Callable[[], Executor],
) -> None:
    run_state_machine_as_test(lambda: StockMachine(executor()), settings=CI)  # type: ignore[arg-type]  # a function will do
