"""A server that cannot go on ends, with an error, and leaves nobody without an answer."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from allocation.adapters.sql.engine.database import Database
from tests.support import outrageous
from tests.support.builders import a_batch_created, an_allocation
from tests.support.clients import Request, allocations, answers_to
from tests.support.ledger import read_ledger
from tests.support.serving import Server, running, serving
from tests.support.stock_harness import StockHarness

A_BATCH = Request("/add_batch", {"ref": "b1", "sku": "LAMP", "qty": 100, "eta": None}, "b1")
OUTRAGE = Request("/allocate", {"orderid": "outrage", "sku": "LAMP", "qty": 1}, "outrage")


def test_a_follow_up_whose_handler_exits_ends_a_server_that_starts_with_an_error(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = Database(sqlite_url)
    harness = StockHarness(database)
    harness.handle(a_batch_created("b1", 1), an_allocation("outrage", 5))
    harness.begin(a_batch_created("b2", 100), "b2")  # and then it is killed
    database.close()

    with an_outrageous_server(sqlite_url, "SystemExit", tmp_path) as server:
        assert server.ended() == 70

    assert [row["status"] for row in read_ledger(sqlite_url).messages[-1:]] == ["pending"]


@contextmanager
def an_outrageous_server(url: str, name: str, cwd: Path) -> Iterator[Server]:
    """One of whose handlers raises this."""
    with running([sys.executable, str(outrageous.__file__), url, name], cwd) as server:
        yield server


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt", "GeneratorExit"])
def test_a_handler_that_raises_a_base_exception_ends_the_server_with_an_error(
    sqlite_url: str, tmp_path: Path, name: str
) -> None:
    requests = allocations(20, "LAMP")
    with an_outrageous_server(sqlite_url, name, tmp_path) as server:
        assert answers_to(server.address, [A_BATCH])["b1"].status == 201
        answers = answers_to(server.address, requests)
        refused = answers_to(server.address, [OUTRAGE])["outrage"]
        assert refused.status == 503
        assert server.ended() == 70

    critical = [line for line in server.output if '"level": "critical"' in line]
    assert len(critical) == 1
    assert "Traceback" in critical[0]
    assert not any(line.startswith("error:") for line in server.output)

    with serving(sqlite_url, tmp_path) as server:
        assert answers_to(server.address, requests) == answers
        assert answers_to(server.address, [OUTRAGE])["outrage"].status == 201
    assert len(read_ledger(sqlite_url).lines) == 21
