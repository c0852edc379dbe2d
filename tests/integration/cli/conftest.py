"""The commands, in this process, on a database of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from allocation.adapters.sql.engine.database import Database
from tests.support.commands import Dialect, Ended, allocation_here
from tests.support.files import BATCH_COLUMNS, a_file

Run = Callable[..., Ended]
Execute = Callable[[str], None]


@pytest.fixture
def run(sqlite_url: str, tmp_path: Path) -> Run:
    """Runs `allocation` in an empty folder."""
    here = tmp_path / "here"
    here.mkdir()

    def running(*words: Dialect, **settings: str) -> Ended:
        variables = {"ALLOCATION_DATABASE_URL": sqlite_url, **settings}
        return allocation_here(*words, cwd=here, settings=variables)

    return running


@pytest.fixture
def execute(sqlite_url: str) -> Execute:
    """Changes the database without the application."""

    def executing(statement: str) -> None:
        database = Database(sqlite_url)
        with database.writing() as connection:
            connection.execute(text(statement))
            connection.commit()
        database.close()

    return executing


@pytest.fixture
def stocked(run: Run, tmp_path: Path) -> Run:
    """The same, with 100 lamps in stock and 10 on their way."""
    batches = a_file(tmp_path, "b1,LAMP,100,", "b2,LAMP,10,2030-01-01", header=BATCH_COLUMNS)
    assert run("import", "batches", batches).stdout == "2 batches: 2 imported, 0 refused\n"
    return run
