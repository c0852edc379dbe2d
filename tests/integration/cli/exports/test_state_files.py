"""`allocation export all` and `allocation import all`: what they leave, however they end."""

import signal
import stat
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import pytest

from allocation.adapters.sql.engine import postgresql_settings
from allocation.adapters.sql.engine.database import Database
from allocation.bootstrap import export_state, import_state
from allocation.config import Settings
from allocation.entrypoints.cli import states
from tests.support.busy_shop import open_the_shop
from tests.support.schemas import upgrade_to
from tests.support.state_commands import assert_empty_and_usable, run
from tests.support.states import all_rows, interrupted_at
from tests.support.waiting import wait_until


def test_a_state_file_is_private_complete_and_never_replaces_another(
    file: Path, sqlite_url: str, tmp_path: Path
) -> None:
    before = file.read_bytes()

    refused = run("export", "all", file, url=sqlite_url, cwd=tmp_path)

    assert (refused.returncode, file.read_bytes()) == (2, before)
    assert "--force replaces it" in refused.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("export", "all", file, "--force", url=sqlite_url, cwd=tmp_path).returncode == 0
    assert file.read_bytes() == before, "the same state is the same file"
    assert [*tmp_path.glob("*.part")] == []


def test_a_database_with_data_is_left_as_it_is(
    file: Path, database_url: str, tmp_path: Path
) -> None:
    open_the_shop(database_url)
    before = all_rows(database_url)

    ended = run("import", "all", file, url=database_url, cwd=tmp_path)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "has data already" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert all_rows(database_url) == before


def test_tables_of_an_older_version_are_to_be_migrated_first(
    file: Path, empty_database: Database, tmp_path: Path
) -> None:
    upgrade_to("0016", empty_database)
    url = empty_database.engine.url.render_as_string(False).replace("+psycopg", "")

    for words in (("import", "all", file), ("export", "all", tmp_path / "new.gz")):
        ended = run(*words, url=url, cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "run `allocation migrate`" in ended.stderr
    assert not (tmp_path / "new.gz").exists()


def test_a_database_without_tables_has_no_state(empty_sqlite_url: str, tmp_path: Path) -> None:
    ended = run("export", "all", "new.gz", url=empty_sqlite_url, cwd=tmp_path)

    assert ended.returncode == 2
    assert [*tmp_path.iterdir()] == []


def test_a_new_file_is_private(file: Path, empty_sqlite_url: str, tmp_path: Path) -> None:
    assert run("import", "all", file, url=empty_sqlite_url, cwd=tmp_path).returncode == 0
    assert stat.S_IMODE((tmp_path / "empty.db").stat().st_mode) == 0o600


@pytest.mark.parametrize("report", [1, 4])
def test_an_interrupted_import_leaves_nothing_and_says_so(
    file: Path, sqlite_url: str, empty_database_url: str, report: int
) -> None:
    def interrupted(settings: Any, path: Path, _: Any) -> int:
        return import_state(settings, path, interrupted_at(report, interrupt))

    with mock.patch.object(states, "import_state", interrupted):
        ended = run("import", "all", file, url=empty_database_url, cwd=file.parent)

    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == "Interrupted: nothing has been imported.\n"
    assert_empty_and_usable(empty_database_url, file, sqlite_url)


def test_the_transaction_of_a_state_may_be_idle_while_a_pipe_pauses(
    file: Path, empty_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, idle = empty_postgresql_url, "idle_in_transaction_session_timeout"
    monkeypatch.setitem(postgresql_settings.SETTINGS, idle, "500ms")
    reports = list[int]()

    def pause(rows: int, *_: int) -> None:
        if not reports:
            outlast_an_idle_transaction(url)
        reports.append(rows)

    rows = import_state(Settings(url), file, pause)
    assert reports[-1] == rows
    reports.clear()
    with file.with_name("again.gz").open("wb") as again:
        assert export_state(Settings(url), again, pause) == rows


def outlast_an_idle_transaction(url: str) -> None:
    """Wait until PostgreSQL has ended a transaction that began later, and was idle."""
    with (
        closing(psycopg.connect(url)) as idle,
        psycopg.connect(url, autocommit=True) as watching,
    ):
        idle.execute("SET idle_in_transaction_session_timeout = '500ms'")
        query, pid = "SELECT 1 FROM pg_stat_activity WHERE pid = %s", [idle.info.backend_pid]
        wait_until(lambda: watching.execute(query, pid).fetchone() is None, "its end")


def test_an_interrupted_export_leaves_nothing_and_says_so(
    file: Path, sqlite_url: str, tmp_path: Path
) -> None:
    def interrupted(settings: Any, target: Any, _: Any) -> int:
        return export_state(settings, target, interrupted_at(2, interrupt))

    with mock.patch.object(states, "export_state", interrupted):
        ended = run("export", "all", "another.gz", url=sqlite_url, cwd=tmp_path)

    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == "Interrupted: nothing has been exported.\n"
    assert [*tmp_path.glob("*another*")] == []


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def test_new_messages_are_numbered_after_those_of_the_state(
    file: Path, empty_database_url: str, sqlite_url: str, tmp_path: Path
) -> None:
    run("import", "all", file, url=empty_database_url, cwd=tmp_path)
    last = max(row[0] for row in all_rows(sqlite_url)["messages"])

    words = ("send", "BatchCreated", "ref=new", "sku=LAMP", "qty=5")
    ended = run(*words, url=empty_database_url, cwd=tmp_path)

    assert ended.returncode == 0
    numbers = {row[1]: row[0] for row in all_rows(empty_database_url)["messages"]}
    assert min(number for number in numbers.values() if number > last) == last + 1


def test_an_empty_state_is_a_state(
    database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    assert run("export", "all", "none.gz", url=database_url, cwd=tmp_path).returncode == 0
    ended = run("import", "all", "none.gz", url=empty_database_url, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "0 rows imported from none.gz.\n")
    with closing(Database(empty_database_url)):
        assert not any(all_rows(empty_database_url).values())
