"""Somebody removes, moves or replaces the files of SQLite under a server or a command."""

import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import BatchCreated
from allocation.errors import StoreLost
from tests.support.clients import Request, send
from tests.support.files import references
from tests.support.serving import Server, serving

Disaster = Callable[[Path], object]


def remove_everything(file: Path) -> None:
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()


def put_an_older_one_in_its_place(file: Path) -> None:
    file.with_name("older.db").rename(file)


def put_an_older_one_in_the_place_of_everything(file: Path) -> None:
    remove_everything(file)
    put_an_older_one_in_its_place(file)


def replace_the_log(file: Path) -> None:
    log = file.with_name("stock.db-wal")
    Path(shutil.copy(log, file.with_name("copy"))).rename(log)


def remove_the_index_of_the_log(file: Path) -> None:
    file.with_name("stock.db-shm").unlink()


DISASTERS: dict[str, Disaster] = {
    "everything is removed": remove_everything,
    "an older one is put in its place": put_an_older_one_in_its_place,
    "the log is removed": lambda file: file.with_name("stock.db-wal").unlink(),
    "the index of the log is removed": remove_the_index_of_the_log,
    "the folder is renamed": lambda file: file.parent.rename(file.parent.with_name("renamed")),
}
OTHER_DISASTERS: dict[str, Disaster] = {
    "the file is removed": Path.unlink,
    "the file is moved away": lambda file: file.rename(file.with_name("saved.db")),
    "an older one is put in the place of everything": put_an_older_one_in_the_place_of_everything,
    "the log is replaced": replace_the_log,
}


@pytest.fixture
def file(sqlite_url: str, tmp_path: Path) -> Path:
    """A database in a folder of its own, with an older one beside it that has a batch."""
    folder = tmp_path / "data"
    folder.mkdir()
    file = Path(sqlite_url.removeprefix("sqlite:///")).rename(folder / "stock.db")
    shutil.copy(file, file.with_name("older.db"))
    database = bootstrap(Settings(f"sqlite:///{file.with_name('older.db')}"))
    database.handle(BatchCreated("older", "LAMP", 1))
    database.close()
    return file


@pytest.mark.parametrize("disaster", DISASTERS.values(), ids=DISASTERS)
def test_a_server_answers_nothing_that_is_in_no_file_and_ends(
    file: Path, disaster: Disaster, tmp_path: Path
) -> None:
    older = file.with_name("older.db").read_bytes()
    with serving(f"sqlite:///{file}", tmp_path) as server:
        assert status_of_new_batch(server, "b1") == 201
        disaster(file)
        answered = status_of_new_batch(server, "b2") == 201
        assert server.ended() != 0

    if disaster is remove_the_index_of_the_log:  # in which nothing is that the log has not
        assert references(file) == ["b1", "b2"][: 1 + answered]
    else:
        assert not answered
    lines = [line for line in server.output if "since it was opened" in line]
    assert lines, server.output
    assert str(file) in lines[0]
    assert "Traceback" not in "".join(server.output)
    if disaster is put_an_older_one_in_its_place:
        assert references(file) == ["older"]
        assert file.read_bytes() == older


def test_a_server_ends_when_a_link_leads_to_another_file(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(file)
    with serving(f"sqlite:///{link}", tmp_path) as server:
        assert status_of_new_batch(server, "b1") == 201
        link.unlink()
        link.symlink_to(file.with_name("older.db"))
        assert status_of_new_batch(server, "b2") in (503, None)
        assert server.ended() != 0
    assert references(link) == ["older"]
    assert references(file)[0] == "b1"


def test_answered_requests_are_in_the_file_that_was_moved_away(file: Path, tmp_path: Path) -> None:
    with serving(f"sqlite:///{file}", tmp_path) as server:
        assert status_of_new_batch(server, "b1") == 201
        file.rename(file.with_name("saved.db"))
        assert server.ended() != 0
    alone = Path(shutil.copy(file.with_name("saved.db"), tmp_path / "alone.db"))
    assert references(alone) == ["b1"]


@pytest.mark.parametrize(
    "disaster",
    [*DISASTERS.values(), *OTHER_DISASTERS.values()],
    ids=[*DISASTERS, *OTHER_DISASTERS],
)
def test_a_command_whose_file_is_replaced_reports_no_success(
    file: Path, disaster: Disaster
) -> None:
    parts = bootstrap(Settings(f"sqlite:///{file}"))
    with closing(parts):
        assert parts.handle(BatchCreated("b1", "LAMP", 1)).error is None
        disaster(file)
        with pytest.raises(StoreLost):
            if disaster is remove_the_index_of_the_log:
                parts.views.order("o1")
            else:
                parts.handle(BatchCreated("b2", "LAMP", 1))


def test_a_connection_that_is_opened_later_does_not_join_the_old_log_to_the_new_file(
    file: Path,
) -> None:
    older = file.with_name("older.db").read_bytes()
    database = Database(f"sqlite:///{file}")
    with closing(database), database.engine.connect() as first:
        first.exec_driver_sql("INSERT INTO products VALUES ('LAMP', 1, 0, 0, 0, NULL, 0)")
        first.commit()
        put_an_older_one_in_its_place(file)
        with pytest.raises(StoreLost, match="replaced"), database.without_transaction() as second:
            second.exec_driver_sql("PRAGMA wal_checkpoint")
        first.rollback()
    assert file.read_bytes() == older
    assert references(file) == ["older"]


def test_a_missing_file_is_not_created_again(file: Path) -> None:
    database = Database(f"sqlite:///{file}")
    with closing(database), database.engine.connect() as first:
        first.exec_driver_sql("SELECT 1")
        remove_everything(file)
        with pytest.raises(StoreLost, match="is gone"), database.reading():
            pass
    assert not file.exists()


def status_of_new_batch(server: Server, ref: str) -> int | None:
    """The status of an answer to a new batch; None where there is no answer."""
    request = Request("/add_batch", {"ref": ref, "sku": "LAMP", "qty": 1, "eta": None}, key=ref)
    connection = HTTPConnection(urlsplit(server.address).netloc, timeout=30)
    with closing(connection), suppress(HTTPException, OSError):
        return send(connection, request).status
    return None
