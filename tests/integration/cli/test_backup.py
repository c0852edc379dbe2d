"""`allocation backup` and `allocation restore`."""

import shutil
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.migrate import HEAD
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import BatchCreated
from tests.support.clients import ConcurrentClients, Request, allocations, answers_to
from tests.support.commands import Ended, allocation, allocation_here
from tests.support.files import references
from tests.support.ledger import read_ledger
from tests.support.serving import serving
from tests.support.waiting import wait_until


@pytest.fixture
def file(sqlite_url: str) -> Path:
    """A database with one batch."""
    add_batch(sqlite_url, "b1")
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
def copy(file: Path, tmp_path: Path) -> Path:
    """A backup of it, after which another batch has come in."""
    copy = tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    assert run("backup", copy, file=file).returncode == 0
    add_batch(f"sqlite:///{file}", "b2")
    return copy


def test_a_backup_under_load_is_complete_and_blocks_no_writer(file: Path, tmp_path: Path) -> None:
    copies = [tmp_path / f"copy{number}.db" for number in range(3)]
    with serving(f"sqlite:///{file}", tmp_path) as server, ThreadPoolExecutor(1) as aside:
        concurrently = ConcurrentClients(server.address, allocations(1_500, "LAMP"))
        calling = aside.submit(concurrently.call, 16)
        wait_until(lambda: len(concurrently.answers) > 50, "the load is under way")
        for copy in copies:
            ended = run_aside("backup", copy, file=file)
            assert (ended.returncode, ended.stderr) == (0, "")
            assert ended.stdout.startswith(f"{copy} is a complete backup of ")
        answers = calling.result()
        server.terminate()

    assert {answer.status for answer in answers.values()} == {201, 202}
    for copy in copies:
        assert run("verify", file=copy).returncode == 0
        lines = len(read_ledger(f"sqlite:///{copy}").lines)
        assert 50 <= lines <= 1_500


def test_a_backup_is_readable_by_its_owner_only_and_leaves_no_other_file(copy: Path) -> None:
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [one.name for one in copy.parent.iterdir()] == ["copy.db"]
    assert references(copy) == ["b1"]


def test_a_backup_never_takes_the_place_of_anything(file: Path, copy: Path) -> None:
    before = copy.read_bytes()

    ended = run("backup", copy, file=file)

    assert (ended.returncode, ended.stdout) == (2, "")
    message = f"{copy}: the file already exists; choose another name for the backup"
    assert ended.stderr == f"error: {message}\n"
    assert copy.read_bytes() == before


def test_there_is_no_backup_of_a_damaged_database(file: Path, tmp_path: Path) -> None:
    damage(file)

    ended = run("backup", tmp_path / "copy.db", file=file)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1
    assert str(file) in ended.stderr
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == [file.name]


def test_a_backup_of_an_older_database_can_be_made_before_it_is_migrated(
    file: Path, tmp_path: Path
) -> None:
    at_revision(file, "0004")
    ended = run("backup", tmp_path / "copy.db", file=file)
    assert ended.stdout.endswith("at revision 0004.\n")


def test_a_restore_brings_the_backup_back_and_keeps_the_former_file(file: Path, copy: Path) -> None:
    file.chmod(0o640)

    ended = run("restore", copy, file=file)

    assert (ended.returncode, ended.stderr) == (0, "")
    (former,) = file.parent.glob(f"{file.name}.before-*")
    assert ended.stdout == (
        f"Restored the database from {copy}, at revision {HEAD}.\n"
        f"The previous database is {former}; remove it when it is no longer needed.\n"
    )
    assert references(file) == ["b1"]
    assert references(former) == ["b1", "b2"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_nothing_is_restored_while_a_server_has_the_database(
    file: Path, copy: Path, tmp_path: Path
) -> None:
    with serving(f"sqlite:///{file}", tmp_path) as server:
        before = file.read_bytes()
        ended = run_aside("restore", copy, file=file)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.startswith(f"error: {file} is in use: stop the server")
        assert file.read_bytes() == before
        b3 = Request("/add_batch", {"ref": "b3", "sku": "LAMP", "qty": 1, "eta": None}, "b3")
        assert answers_to(server.address, [b3])["b3"].status == 201
        assert server.terminate() == 0

    assert run("restore", copy, file=file).returncode == 0
    with serving(f"sqlite:///{file}", tmp_path) as server:
        product = httpx.get(f"{server.address}/products/LAMP").json()
    assert [batch["batchref"] for batch in product["batches"]] == ["b1"]


def test_a_damaged_database_is_replaced(file: Path, copy: Path) -> None:
    damage(file)
    damaged = file.read_bytes()

    assert run("restore", copy, file=file).returncode == 0

    (former,) = file.parent.glob(f"{file.name}.before-*")
    assert former.read_bytes() == damaged
    assert references(file) == ["b1"]


def test_a_log_left_alone_is_not_joined_to_the_restored_database(
    file: Path, copy: Path, tmp_path: Path
) -> None:
    killed = left_by_a_killed_process(file, tmp_path / "killed")
    killed.unlink()

    assert run("restore", copy, file=killed).returncode == 0

    assert references(killed) == ["b1"]
    assert len(list(killed.parent.glob(f"{file.name}.before-*-wal"))) == 1


@pytest.mark.parametrize("what", ["damaged", "of something else", "newer", "not there", "text"])
def test_a_backup_that_cannot_be_used_changes_nothing(file: Path, copy: Path, what: str) -> None:
    if what == "damaged":
        damage(copy)
    elif what == "of something else":
        copy.unlink()
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("CREATE TABLE batches (reference)")
    elif what == "newer":
        at_revision(copy, "9999")
    elif what == "not there":
        copy.unlink()
    else:
        copy.write_text("ref,sku,qty\n" * 99)
    before = {one.name: one.read_bytes() for one in file.parent.iterdir() if one.is_file()}

    ended = run("restore", copy, file=file)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1
    assert str(copy) in ended.stderr
    assert {o.name: o.read_bytes() for o in file.parent.iterdir() if o.is_file()} == before


def test_a_database_is_no_backup_of_itself(file: Path) -> None:
    ended = run("restore", file, file=file)
    assert "this is the database itself" in ended.stderr
    assert references(file) == ["b1"]


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_backup_of_postgresql_names_the_tools_of_postgresql(command: str, tmp_path: Path) -> None:
    words = (command, "copy.db", "--database", "postgresql://127.0.0.1:1/stock")
    ended = allocation_here(*words, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "docs/operations.md" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def run(*words: str | Path, file: Path) -> Ended:
    return allocation_here(*words, "--database", f"sqlite:///{file}", cwd=file.parent)


def run_aside(*words: str | Path, file: Path) -> Ended:
    """In a process of its own: locks are between processes."""
    return allocation(*words, "--database", f"sqlite:///{file}", cwd=file.parent)


def add_batch(url: str, ref: str) -> None:
    with closing(bootstrap(Settings(url))) as parts:
        parts.handle(BatchCreated(ref, "LAMP", 1))


def left_by_a_killed_process(file: Path, folder: Path) -> Path:
    """A copy of the database as a process leaves it that is killed after another batch."""
    folder.mkdir()
    with closing(bootstrap(Settings(f"sqlite:///{file}"))) as parts:
        parts.handle(BatchCreated("b3", "LAMP", 1))
        for one in file.parent.glob(f"{file.name}*"):
            shutil.copy(one, folder)
    return folder / file.name


def damage(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[100:8_192] = b"x" * 8_092
    file.write_bytes(content)


def at_revision(file: Path, revision: str) -> None:
    with closing(Database(f"sqlite:///{file}")) as database, database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.commit()
