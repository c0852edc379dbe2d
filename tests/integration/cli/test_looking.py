"""Commands that only look: they change nothing, wait for nobody, and need no right to write."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.read_only import query_read_only
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated
from allocation.views import FactNames, Views
from tests.support.commands import Ended, allocation, allocation_here
from tests.support.ledger import read_ledger
from tests.support.users import a_folder_for_everybody, an_ordinary_user

LOOKS = [
    ("show", "sku", "LAMP"),
    ("show", "order", "o1"),
    ("log", "unfinished"),
    ("log", "show", "dead"),
    ("explain", "o1"),
    ("verify",),
    ("dead-letters", "list"),
    ("dead-letters", "show", "dead"),
]
WAITING_LINE = '{"orderid":"o1-waits","sku":"LAMP","qty":9}'
PENDING = (
    "UPDATE messages SET status = 'pending', results = '[]'"
    f" WHERE type = 'AllocationRequired' AND body = '{WAITING_LINE}'"
)
SHRINK = "UPDATE batches SET purchased_quantity = 77"
DEAD = "UPDATE messages SET status = 'dead', id = 'dead', error = 'x' WHERE type = 'Digest'"


@pytest.fixture
def file(sqlite_url: str) -> Path:
    """A database that has a little of everything, at rest: nobody has it open."""
    fill(sqlite_url)
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
def readable(file: Path) -> Iterator[Path]:
    """The same in a folder that may only be read, by a user who may write nothing there."""
    with a_folder_for_everybody() as folder:
        copy = Path(shutil.copy(file, folder))
        yield copy


@pytest.mark.parametrize("words", LOOKS)
def test_a_reading_command_leaves_all_files_as_they_were(
    file: Path, words: tuple[str, ...]
) -> None:
    before = contents(file.parent)

    ended = look(file, *words)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert contents(file.parent) == before


def test_messages_left_by_a_dead_process_are_listed_and_left_alone(file: Path) -> None:
    first = look(file, "log", "unfinished").stdout

    assert look(file, "log", "unfinished").stdout == first
    _, row = first.splitlines()
    assert WAITING_LINE in row
    assert len(read_ledger(f"sqlite:///{file}").with_status("pending")) == 1


def test_a_reading_command_waits_for_no_writer(file: Path, tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{file}")) as database, database.writing() as connection:
        connection.exec_driver_sql(SHRINK)
        ended = allocation("show", "sku", "LAMP", "--database", f"sqlite:///{file}", cwd=tmp_path)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "77" not in ended.stdout


def test_a_reading_command_reads_the_log_of_a_killed_process(file: Path, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    killed.mkdir()
    with changed(f"sqlite:///{file}", SHRINK):
        for one in file.parent.glob(f"{file.name}*"):
            shutil.copy(one, killed)
    before = contents(killed)
    del before["allocation.db-shm"]  # it is no part of the database

    ended = look(killed / file.name, "show", "sku", "LAMP")

    assert "77" in ended.stdout
    after = contents(killed)
    del after["allocation.db-shm"]
    assert after == before


@pytest.mark.parametrize("words", LOOKS)
def test_a_file_and_a_folder_that_may_only_be_read_are_enough(
    readable: Path, words: tuple[str, ...]
) -> None:
    look(readable, *words)  # whatever is imported late is imported now

    assert look_as_an_ordinary_user(readable, *words).returncode == 0
    assert [one.name for one in readable.parent.iterdir()] == [readable.name]


def test_a_log_unreadable_without_a_new_file_is_an_error(readable: Path) -> None:
    with changed(f"sqlite:///{readable}", SHRINK):
        log = readable.with_name(f"{readable.name}-wal")
        content = log.read_bytes()
    log.write_bytes(content)
    log.chmod(0o644)

    ended = look_as_an_ordinary_user(readable, "show", "sku", "LAMP")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "allocation.db-wal holds changes" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_file_that_changes_during_a_read_is_read_again(file: Path) -> None:
    url = f"sqlite:///{file}"
    seen: list[int] = []

    def query(database: Database) -> int:
        views = Views(database, FactNames("Allocated", "Deallocated"))
        views.product("LAMP")
        if not seen:
            allocate(url, "o2")
        page = views.product("LAMP")
        assert page is not None
        seen.append(page.product.waiting_lines)
        return seen[-1]

    assert query_read_only(url, query) == 3
    assert len(seen) == 2


def test_an_error_during_a_change_of_the_file_is_retried(file: Path) -> None:
    url = f"sqlite:///{file}"
    seen: list[Database] = []

    def query(database: Database) -> str:
        seen.append(database)
        if len(seen) == 1:
            allocate(url, "o2")
            raise ValueError("half of a page is old, and half of it new")
        return "well"

    assert query_read_only(url, query) == "well"


@pytest.mark.parametrize("words", LOOKS)
def test_an_empty_database_is_left_empty_and_reported(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "empty.db"
    file.touch()

    ended = look(file, *words)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"error: sqlite:///{file} has no tables yet: `allocation serve` and `allocation import`"
        " create them.\n"
    )
    assert contents(tmp_path) == {"empty.db": b""}


def test_an_older_database_is_left_unchanged_and_reported(file: Path) -> None:
    with changed(f"sqlite:///{file}", "UPDATE alembic_version SET version_num = '0004'"):
        pass
    before = contents(file.parent)

    ended = look(file, "verify")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "run `allocation migrate`" in ended.stderr
    assert contents(file.parent) == before


@pytest.mark.parametrize("words", LOOKS)
def test_a_postgresql_that_may_only_be_read_is_enough(
    postgresql_url: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    fill(postgresql_url)
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    ended = allocation_here(*words, "--database", postgresql_url, cwd=tmp_path)

    assert (ended.returncode, ended.stderr) == (0, "")


def fill(url: str) -> None:
    """A batch, a line of it, one that waits; a message that is pending, and a dead one."""
    allocate(url, "o1", BatchCreated("b1", "LAMP", 9))
    with changed(url, PENDING, DEAD):
        pass


@contextmanager
def changed(url: str, *statements: str) -> Iterator[None]:
    """Whoever has changed the database has it still open."""
    with closing(Database(url)) as database, database.writing() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()
        yield


def allocate(url: str, orderid: str, *before: BatchCreated) -> None:
    with closing(bootstrap(Settings(url))) as parts:
        parts.handle_all([*before, AllocationRequired(orderid, "LAMP", 9)])
        parts.handle(AllocationRequired(f"{orderid}-waits", "LAMP", 9))


def look(file: Path, *words: str) -> Ended:
    return allocation_here(*words, "--database", f"sqlite:///{file}", cwd=file.parent)


def look_as_an_ordinary_user(file: Path, *words: str) -> Ended:
    file.chmod(0o444)
    file.parent.chmod(0o555)
    with an_ordinary_user():
        return look(file, *words)


def contents(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}
