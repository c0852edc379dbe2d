"""What entered under the rules of an older version stays what it is."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from allocation.adapters.sql.engine.database import Database
from tests.integration.http.conftest import served
from tests.support.commands import allocation_here
from tests.support.requests import add_batch, allocate, post


@pytest.mark.parametrize("eta", [date(1899, 12, 31), date(9999, 12, 31)], ids=str)
def test_a_batch_with_an_eta_that_is_refused_today_goes_on_as_before(
    database: Database, database_url: str, tmp_path: Path, eta: date
) -> None:
    with served(database_url) as client:
        add_batch(client, eta="2030-01-01")
        allocate(client, "o1", qty=60)
    with database.writing() as connection:
        connection.execute(text("UPDATE batches SET eta = :eta"), {"eta": eta})
        older = "UPDATE messages SET body = replace(body, '2030-01-01', :eta)"
        connection.execute(text(older), {"eta": eta.isoformat()})
        connection.commit()

    with served(database_url) as client:
        assert allocate(client, "o2", qty=40) == "b1"
        assert client.get("/allocations/o2").json()[0]["eta"] == eta.isoformat()
        changed = post(client, "/change_batch_quantity", {"ref": "b1", "qty": 60}).json()
        assert [line["orderid"] for line in changed["moved"]] == ["o2"]
    ended = allocation_here("verify", "--database", database_url, cwd=tmp_path)
    assert ended.stdout == "1 batch: every quantity is explained.\n"
