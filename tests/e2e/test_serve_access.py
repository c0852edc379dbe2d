"""`allocation serve` with and without access keys."""

import json
from pathlib import Path

from allocation.adapters.sql.access.key_store import read_keys
from allocation.adapters.sql.engine.database import Database
from tests.support.commands import allocation
from tests.support.serving import serving


def test_a_server_on_loopback_says_that_it_is_open_until_there_is_a_key(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    with serving(database_url, tmp_path) as server:
        opened = [json.loads(line) for line in server.output]
    [line] = [line for line in opened if "access key" in line["event"]]
    assert line["level"] == "warning"
    assert line["event"].startswith(
        "no access keys: every program of this machine may read and change everything"
    )

    created = allocation(
        *("keys", "create", "shop", "--scope", "read", "--database", database_url), cwd=tmp_path
    )
    assert created.returncode == 0
    assert len(read_keys(database)) == 1
    with serving(database_url, tmp_path) as server:
        assert "access key" not in "".join(server.output)
        assert server.terminate() == 0
