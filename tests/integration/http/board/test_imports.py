"""Files are imported in the board: uploaded, tried, imported, and what was refused is a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter

from allocation.access.scopes import Scope
from allocation.entrypoints.board.imports import upload as uploading
from tests.integration.http.conftest import Client
from tests.support.board_imports import HTML, act, imported, settled, upload, uploaded, words
from tests.support.guarded import Guarded, guarded
from tests.support.requests import add_batch, allocate

BATCHES = "ref,sku,qty,eta\nb1,LAMP,10,\nb2,LAMP,5,2030-01-02\n"
ORDERS = "orderid,sku,qty,note\no1,LAMP,8,x\no2,NO-SUCH,1,y\no3,LAMP,100,z\n"


def test_a_file_is_tried_before_anything_is_imported(any_client: Client) -> None:
    page = settled(any_client, uploaded(any_client, "batches", BATCHES))

    assert "Nothing has happened yet What the file would do Imported 2" in page
    assert "Read as utf-8, delimiter ',', header in row 1." in page
    assert "ref ref b1, b2 sku sku LAMP, LAMP" in page
    assert "Import 2 batches" in page
    assert any_client.get("/batches/b1").status_code == 404


def test_an_import_counts_its_rows_and_keeps_the_refused_ones(any_client: Client) -> None:
    imported(any_client, "batches", BATCHES)

    address = imported(any_client, "orders", ORDERS, "März.csv")

    page = settled(any_client, address)
    assert "The file has been imported Allocated 1 Waiting 1 Refused 1" in page
    assert any_client.get("/allocations/o1").json()[0]["batchref"] == "b1"
    refused = any_client.get(f"{address}/refused")
    assert refused.text == (
        "line_number,reason,orderid,sku,qty,note\n3,Invalid sku NO-SUCH,o2,NO-SUCH,1,y\n"
    )
    assert refused.headers["content-disposition"].startswith("attachment")


def test_a_dry_run_says_why_rows_would_be_refused_and_what_is_not_read(client: Client) -> None:
    page = settled(client, uploaded(client, "orders", ORDERS))

    assert "line 3: Invalid sku NO-SUCH" in page
    assert "Not read: note" in page


def test_a_file_that_is_imported_again_changes_nothing(client: Client) -> None:
    imported(client, "batches", BATCHES)
    product = client.get("/products/LAMP").json()

    page = settled(client, imported(client, "batches", BATCHES))

    assert "The file has been imported Already there 2" in page
    assert client.get("/products/LAMP").json() == product


def test_a_file_without_refused_rows_has_no_file_of_them(client: Client) -> None:
    address = imported(client, "batches", BATCHES)

    assert client.get(f"{address}/refused").status_code == 404


def test_a_file_that_cannot_be_read_is_read_as_the_form_says(client: Client) -> None:
    imported(client, "batches", BATCHES)
    address = uploaded(client, "orders", "Order No;sku;qty\no1;LAMP;1\n")
    assert "rows.csv has no column 'orderid'" in settled(client, address)
    assert "name it: the field “orderid”" in settled(client, address)

    act(client, address, "read", **{"column.orderid": "Order No"})

    page = settled(client, address)
    assert "What the file would do Allocated 1" in page
    assert "orderid Order No o1" in page


def test_a_reading_that_is_impossible_is_refused(client: Client) -> None:
    address = uploaded(client, "batches", BATCHES)

    answer = client.post(f"{address}/read", data={"header-row": "two"}, headers=HTML)

    assert answer.status_code == 400
    assert "header-row 'two' is not the number of a row" in words(answer.text)
    assert "What the file would do Imported 2" in settled(client, address), "it is as before"


def test_a_count_tells_which_lines_would_move_and_what_is_missing(any_client: Client) -> None:
    add_batch(any_client, "b1", qty=10, sku="LAMP")
    add_batch(any_client, "b2", qty=10, sku="LAMP", eta="2030-01-02")
    allocate(any_client, "o1", qty=8, sku="LAMP")
    add_batch(any_client, "b3", qty=1, sku="SOFA")

    address = uploaded(any_client, "count", "ref,sku,qty\nb1,LAMP,5\nb2,LAMP,10\n")
    page = settled(any_client, address)
    assert "Changed 1 Same 1" in page
    assert "b1 LAMP 10 5 in stock in stock" in page
    assert "1 batch with units is missing from the file, and stays as it is: b3" in page
    assert "1 order line gets a later date." in page

    act(any_client, address, "run")
    assert "1 order line gets a later date." in settled(any_client, address)
    assert any_client.get("/allocations/o1").json()[0]["batchref"] == "b2"


def test_a_workbook_is_imported(client: Client) -> None:
    content = BytesIO()
    with xlsxwriter.Workbook(content) as workbook:
        sheet = workbook.add_worksheet("Stock")
        for number, row in enumerate((("ref", "sku", "qty", "eta"), ("b1", "LAMP", 7, ""))):
            sheet.write_row(number, 0, row)

    page = settled(client, imported(client, "batches", content.getvalue(), "stock.xlsx"))

    assert "The file has been imported Imported 1" in page
    assert client.get("/batches/b1").json()["purchased_quantity"] == 7


def test_a_form_without_a_file_is_shown_again(client: Client) -> None:
    for content, name in (("", ""), ("", "empty.csv")):
        answer = upload(client, "batches", content, name)

        assert answer.status_code == 400
        assert "The file was not received: file " in words(answer.text)
    answer = upload(client, "sofas", BATCHES)
    assert "kind 'sofas' is not one of batches, count, receipts" in words(answer.text)
    answer = client.post("/board/import", data={"kind": "batches"}, headers=HTML)
    assert answer.status_code == 400
    assert folders(client) == []


@contextmanager
def at_most(size: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(uploading, "LARGEST", size)
        yield


def folders(client: Client) -> list[Path]:
    return list(client.app.state.imports.folder.iterdir())


def test_a_file_that_is_too_large_is_refused_and_not_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at_most(40, monkeypatch):
        answer = upload(client, "batches", BATCHES)
        assert answer.status_code == 413
        huge = upload(client, "batches", BATCHES * 2_000)
        assert huge.status_code == 413
    assert folders(client) == []


def test_a_file_is_removed_with_its_page(client: Client) -> None:
    address = imported(client, "batches", BATCHES)
    assert len(folders(client)) == 1

    answer = act(client, address, "stop")

    assert answer.headers["location"] == "/board/import"
    assert client.get(address, headers=HTML).status_code == 404
    assert folders(client) == []
    assert client.get("/batches/b1").status_code == 200, "what was imported stays"


def test_the_page_of_an_import_before_a_restart_says_how_to_go_on(client: Client) -> None:
    answer = client.get("/board/import/of-a-server-that-was-killed", headers=HTML)

    assert answer.status_code == 404
    assert "when the server is started again" in words(answer.text)
    assert "import the same file again, and they are skipped" in words(answer.text)
    assert '<a href="/board/import">Import a file</a>' in answer.text


def test_the_files_of_a_caller_are_listed(client: Client) -> None:
    uploaded(client, "batches", BATCHES, "stock.csv")

    page = words(client.get("/board/import", headers=HTML).text)

    assert "stock.csv New batches has been read 2" in page


async def sent(service: Guarded, key: str, kind: str, **headers: str) -> tuple[int, str]:
    """The status of an upload with a key, and where it leads to."""
    answer = await service.client.post(
        "/board/import",
        data={"csrf": headers.pop("csrf", ""), "kind": kind},
        files={"file": ("rows.csv", BATCHES)},
        headers={"Authorization": f"Bearer {key}"} if key else {},
    )
    return answer.status_code, answer.headers.get("location", "")


async def test_a_file_needs_the_scope_of_its_messages(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        orders = await service.create("shop", Scope.ORDERS)
        stock = await service.create("depot", Scope.STOCK)

        assert [(await sent(service, orders, kind))[0] for kind in ("batches", "orders")] == [
            403,
            303,
        ]
        assert [(await sent(service, stock, kind))[0] for kind in ("count", "shipments")] == [
            303,
            403,
        ]


async def test_a_file_is_shown_to_nobody_but_its_owner(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        owner = await service.create("depot", Scope.STOCK)
        other = await service.create("other", Scope.ADMIN)
        _, address = await sent(service, owner, "batches")

        assert await service.status("GET", address, owner) == 200
        assert await service.status("GET", address, other) == 404
        assert await service.status("POST", f"{address}/run", other) == 404
        page = await service.client.get(
            "/board/import", headers={"Authorization": f"Bearer {other}"}
        )
        assert "rows.csv" not in page.text


async def test_a_file_in_a_session_needs_the_token_of_its_form(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        token = await service.log_in(await service.create("depot", Scope.STOCK))

        assert (await sent(service, "", "batches"))[0] == 403
        assert list(service.app.state.imports.folder.iterdir()) == []
        assert (await sent(service, "", "batches", csrf=token))[0] == 303


async def test_a_caller_who_may_only_read_is_told_so(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("eyes", Scope.READ)

        page = await service.client.get("/board/import", headers={"Authorization": f"Bearer {key}"})

        assert "who may read only" in page.text
        assert 'type="file"' not in page.text


@pytest.mark.parametrize(
    ("quantities", "offered"),
    [(["1", "none"], "Import 1 batch"), (["1", "2"], "Import 2 batches"), (["none"], None)],
)
def test_the_button_says_how_many_rows_would_be_imported(
    client: Client, quantities: list[str], offered: str | None
) -> None:
    rows = "".join(f"b{number},LAMP,{qty}\n" for number, qty in enumerate(quantities))

    page = settled(client, uploaded(client, "batches", f"ref,sku,qty\n{rows}"))

    assert ("Do nothing Import " in page) == (offered is not None)
    assert f"Do nothing {offered or ''}" in page
