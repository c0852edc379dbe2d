"""`kill -9` in the middle of `allocation import all`."""

import signal
from pathlib import Path

import pytest

from allocation.bootstrap import import_state
from allocation.config import Settings
from tests.chaos.child import exit_code_of
from tests.support.busy_shop import open_the_shop
from tests.support.commands import allocation_here
from tests.support.ledger import verify
from tests.support.states import all_rows, import_until


@pytest.mark.parametrize("number", [1, 3, 4])
def test_a_killed_import_of_a_state_leaves_an_empty_database_that_can_be_used(
    sqlite_url: str, empty_database_url: str, tmp_path: Path, number: int
) -> None:
    open_the_shop(sqlite_url)
    file = tmp_path / "state.gz"
    words = ("export", "all", file, "--database", sqlite_url)
    assert allocation_here(*words, cwd=tmp_path).returncode == 0

    assert exit_code_of(import_until, number, empty_database_url, file) == -signal.SIGKILL

    assert not any(all_rows(empty_database_url).values())
    import_state(Settings(empty_database_url), file, lambda *_: None)
    assert all_rows(empty_database_url) == all_rows(sqlite_url)
    assert verify(empty_database_url) == []
