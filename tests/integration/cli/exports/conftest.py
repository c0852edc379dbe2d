"""Commands on SQLite, then on PostgreSQL, for what is exported."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.busy_shop import open_the_shop
from tests.support.commands import allocation_here


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    """Runs a command on SQLite, then on PostgreSQL."""
    return lambda *words: allocation_here(*words, "--database", database_url, cwd=tmp_path)


@pytest.fixture
def busy(run: Run, database_url: str) -> Run:
    """The same, in a shop in which all has happened that can."""
    open_the_shop(database_url)
    return run


@pytest.fixture
def file(sqlite_url: str, tmp_path: Path) -> Path:
    """The state of a shop in which all has happened that can."""
    open_the_shop(sqlite_url)
    file = tmp_path / "state.json.gz"
    assert (
        allocation_here("export", "all", file, "--database", sqlite_url, cwd=tmp_path).returncode
        == 0
    )
    return file
