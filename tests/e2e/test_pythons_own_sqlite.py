"""A machine for which pysqlite3 has no wheel: the application works on Python's own SQLite."""

import subprocess
from pathlib import Path

import httpx
import pytest

from allocation.adapters.sql.engine.sqlite_library import SQLITE, load
from tests.support.clients import Request, answers_to
from tests.support.commands import WITHOUT_PYSQLITE3, an_environment
from tests.support.ledger import read_ledger
from tests.support.serving import serving, starting

OWN = load(["sqlite3"])
APPLICATION = (*WITHOUT_PYSQLITE3, "allocation")
ROOT = Path(__file__).parents[2]


def test_a_server_says_at_its_start_which_sqlite_it_uses(sqlite_url: str, tmp_path: Path) -> None:
    with serving(sqlite_url, tmp_path) as server:
        pass

    output = "".join(server.output)
    assert f"Serving {sqlite_url} with {SQLITE} on http://127.0.0.1:" in output
    assert ("WAL-reset" in output) == SQLITE.has_wal_reset_fault


def test_a_server_without_pysqlite3_serves_and_warns_of_its_sqlite(
    sqlite_url: str, tmp_path: Path
) -> None:
    with serving(sqlite_url, tmp_path, command=APPLICATION) as server:
        requests = [
            Request("/add_batch", {"ref": "b1", "sku": "LAMP", "qty": 10, "eta": None}, "k1"),
            Request("/allocate", {"orderid": "o1", "sku": "LAMP", "qty": 3}, "k2"),
        ]
        assert answers_to(server.address, requests, callers=1)["k2"].status == 201
        assert httpx.get(f"{server.address}/products/LAMP").status_code == 200
        assert server.terminate() == 0

    output = "".join(server.output)
    assert f"with {OWN} on" in output
    assert (f"{OWN} has the WAL-reset bug" in output) == OWN.has_wal_reset_fault
    assert read_ledger(sqlite_url).batchrefs == {("o1", "LAMP"): "b1"}


def test_a_sqlite_that_is_too_old_is_refused_in_one_line(tmp_path: Path) -> None:
    old = (*WITHOUT_PYSQLITE3, "--sqlite", "3.37.2", "allocation")
    with starting(f"sqlite:///{tmp_path}/new.db", tmp_path, command=old) as server:
        assert server.ended() == 2

    [line] = server.output
    assert line.startswith("error: SQLite 3.37.2 (sqlite3) is too old: allocation needs SQLite")
    assert not (tmp_path / "new.db").exists()


@pytest.mark.slow
def test_the_contract_suite_passes_on_pythons_own_sqlite(tmp_path: Path) -> None:
    selected = ["tests/contract", "-k", "sqlite", "-p", "no:cacheprovider", "-p", "no:xdist"]
    ended = subprocess.run(
        [*WITHOUT_PYSQLITE3, "pytest", "-q", f"--basetemp={tmp_path}/contract", *selected],
        cwd=ROOT,
        env=an_environment(PYTEST_ADDOPTS=""),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout[-5000:]
    assert " passed" in ended.stdout
