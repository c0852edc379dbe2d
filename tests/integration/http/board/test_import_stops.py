"""The work on a file ends soon when it, the server, or its owner's access is stopped."""

from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest

from allocation.access.callers import OPEN
from allocation.access.keys import KeyText
from allocation.access.scopes import Scope
from allocation.bootstrap import Answer
from allocation.entrypoints.board.imports import running
from allocation.entrypoints.board.imports.jobs import ImportJob, Stage
from allocation.entrypoints.board.imports.running import ROWS_BETWEEN_REQUESTS
from allocation.entrypoints.board.imports.stoppable_file import stoppable_file
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from tests.integration.http.board.test_import_jobs import ManualClock, add, done, job_store_on
from tests.integration.http.conftest import Client
from tests.support.board_imports import act, imported, settled, uploaded
from tests.support.guarded import Guarded, guarded

FILE = "ref,sku,qty\nb1,LAMP,10\n"
MANY = "ref,sku,qty\n" + "".join(f"b{n},LAMP,1\n" for n in range(4 * ROWS_BETWEEN_REQUESTS))


async def test_the_reading_of_a_file_can_be_stopped_and_begun_again(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with job_store_on(sqlite_url, tmp_path, ManualClock()) as jobs:
        job = add(jobs, FILE)
        job.is_cancelled = True  # before its thread has begun
        assert await done(jobs, job) is Stage.UNREADABLE
        assert job.problem == "Reading it was stopped"

        jobs.read(job, OPEN, ReadingOptions())
        assert await done(jobs, job) is Stage.READY


async def test_a_server_that_stops_reads_no_file_to_its_end(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with job_store_on(sqlite_url, tmp_path, ManualClock()) as jobs:
        job = add(jobs, FILE)

        await jobs.stop()

        assert job.stage is Stage.UNREADABLE
        assert job.trial is None


def test_a_long_file_is_read_no_further_once_that_is_to_stop(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"x" * 1_000_000)
    looks: list[None] = []

    def check() -> None:
        looks.append(None)
        if len(looks) > 3:
            raise CancelledError

    with stoppable_file(path, check) as file:
        with pytest.raises(CancelledError):
            while file.read(1_000):
                pass
        assert file.tell() < 100_000


def test_of_a_count_that_changes_little_only_the_first_rows_are_tried(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "ROWS_OF_TRIAL", 3)
    rows = "ref,sku,qty\n" + "".join(f"b{number},LAMP,1\n" for number in range(9))
    imported(client, "batches", rows)

    page = settled(client, address := uploaded(client, "count", rows))
    assert "What the first 3 of about " in page
    assert "Same 3" in page
    assert "missing from the file" not in page

    act(client, address, "run")
    assert "Same 9" in settled(client, address)


async def import_until(
    service: Guarded,
    key: str,
    end: Callable[[], Awaitable[object]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    csrf: str = "",
    **headers: str,
) -> int:
    """The number of rows that are imported if something happens after the first portion."""
    worker = service.app.state.worker
    submit_all = worker.submit_all

    async def submit_and_end(messages: Sequence[Any], *rest: Any, **named: Any) -> list[Answer]:
        answers: list[Answer] = await submit_all(messages, *rest, **named)
        await end()
        await service.app.gate.ring.refreshed()
        return answers

    sent = await service.client.post(
        "/board/import",
        data={"csrf": csrf, "kind": "batches"},
        files={"file": ("rows.csv", MANY)},
        headers=headers,
    )
    jobs, address = service.app.state.imports, sent.headers["location"]
    parsed = KeyText.parse(key)
    assert parsed is not None
    job: ImportJob = jobs.get(address.rpartition("/")[2], OPEN._replace(prefix=parsed.prefix))
    assert await done(jobs, job) is Stage.READY
    monkeypatch.setattr(worker, "submit_all", submit_and_end)
    answer = await service.client.post(f"{address}/run", data={"csrf": csrf}, headers=headers)
    assert answer.status_code == 303
    assert await done(jobs, job) is Stage.STOPPED
    assert job.report is not None
    return job.report.rows


async def test_an_import_ends_when_its_key_is_revoked(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with guarded(database_url) as service:
        await service.create("admin", Scope.ADMIN)
        key = await service.create("depot", Scope.STOCK)

        async def revoke() -> None:
            await service.revoke("depot")

        rows = await import_until(service, key, revoke, monkeypatch, Authorization=f"Bearer {key}")

        assert rows == ROWS_BETWEEN_REQUESTS


async def test_an_import_ends_with_the_session_in_which_it_was_begun(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("depot", Scope.STOCK)
        token = await service.log_in(key)

        async def log_out() -> None:
            answer = await service.client.post("/logout", data={"csrf": token})
            assert answer.status_code == 303

        rows = await import_until(service, key, log_out, monkeypatch, csrf=token)

        assert rows == ROWS_BETWEEN_REQUESTS
