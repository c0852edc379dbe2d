"""The pages of the board: what they show, to whom, and when they need not be read again."""

import psycopg
import pytest

from allocation.access.scopes import Scope
from allocation.entrypoints.board.addresses import batch_page, order_page, product_page
from tests.integration.http.conftest import Client, Serve
from tests.support.board_pages import page_at
from tests.support.guarded import guarded
from tests.support.log_writers import write
from tests.support.requests import add_batch, allocate, post

HTML = {"Accept": "text/html"}


def page(client: Client, path: str) -> str:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def stocked(client: Client) -> None:
    add_batch(client, "b1", qty=10, sku="LAMP/ÖL")
    add_batch(client, "b2", qty=4, sku="LAMP/ÖL", eta="2020-01-02")
    allocate(client, "o/1", qty=8, sku="LAMP/ÖL")
    allocate(client, "o2", qty=100, sku="LAMP/ÖL")


def test_a_product_is_shown_with_its_batches_and_its_queue(any_client: Client) -> None:
    stocked(any_client)

    text = page(any_client, "/board/stock/LAMP%2F%C3%96L")

    assert "b1, in stock: 8 of 10 units promised, 2 free" in text
    assert "b2, overdue: 0 of 4 units promised, 4 free" in text
    assert "o/1: 8 units" in text
    assert 'href="/board/orders/o2"' in text
    assert "Batch created: b1, 10 units of LAMP/ÖL" in text


def test_a_batch_is_shown_with_its_lines_and_what_can_be_done(any_client: Client) -> None:
    stocked(any_client)

    text = page(any_client, "/board/batches/b1")

    assert 'href="/board/orders/o%2F1"' in text
    assert "Preview the quantity" in text


def test_what_can_be_done_to_a_batch_changes_while_its_page_is_open(client: Client) -> None:
    add_batch(client, "b1", qty=10, eta="2040-01-05")
    offers = []
    for verb in ("block_batch", "unblock_batch", "cancel_batch"):
        offers.append(page_at(client, "/board/batches/b1").live_text)
        post(client, f"/{verb}", {"ref": "b1"})
    offers.append(page_at(client, "/board/batches/b1").live_text)

    assert ["All has arrived…" in live for live in offers] == [True, True, True, False]
    assert ["Unblock…" in live for live in offers] == [False, True, False, False]


@pytest.mark.parametrize("name", [".", ".."])
def test_a_name_of_dots_has_pages_that_browsers_reach(client: Client, name: str) -> None:
    add_batch(client, name, qty=10, sku=name)
    allocate(client, name, qty=8, sku=name)

    assert page_at(client, "/board/stock").links[name] == f"/board/stock/{name}%20"
    for address in (product_page(name), batch_page(name), order_page(name)):
        assert f"<h1>{name}</h1>" in page(client, address).replace(' class="ref"', "")


def test_the_list_of_products_keeps_its_filters_and_offers_csv(client: Client) -> None:
    stocked(client)
    add_batch(client, "b3", qty=1, sku="SOFA")

    text = page(client, "/board/stock?sku_prefix=SO")

    assert "SOFA" in text
    assert "LAMP" not in text
    assert 'href="/board/csv/products?sku_prefix=SO"' in text
    csv = client.get("/board/csv/products?sku_prefix=SO")
    assert csv.headers["content-type"].startswith("text/csv")
    assert csv.text.splitlines()[1].startswith("SOFA,")


def test_a_page_that_is_the_same_is_not_sent_again(any_client: Client) -> None:
    add_batch(any_client, "b1", qty=10)
    first = any_client.get("/board/stock", headers=HTML)
    tag = {"If-None-Match": first.headers["etag"]}

    assert any_client.get("/board/stock", headers=HTML | tag).status_code == 304
    add_batch(any_client, "b3", qty=1, sku="SOFA")
    assert any_client.get("/board/stock", headers=HTML | tag).status_code == 200


@pytest.mark.parametrize("path", ["/board/stock/NONE", "/board/batches/none", "/board/nothing"])
def test_what_does_not_exist_is_a_page_for_browsers_and_json_for_programs(
    client: Client, path: str
) -> None:
    shown, answer = client.get(path, headers=HTML), client.get(path)

    assert (shown.status_code, answer.status_code) == (404, 404)
    assert "Not found" in shown.text
    assert answer.json()["message"]


@pytest.mark.parametrize(
    "path", ["/board/stock?unknown=1", "/board/stock?after=x", "/board/stock?sort=x"]
)
def test_a_parameter_that_is_invalid_is_refused(client: Client, path: str) -> None:
    assert client.get(path, headers=HTML).status_code == 400


def test_the_choice_of_utc_is_kept_by_the_browser(client: Client) -> None:
    form = {"clock": "utc", "back": "/board/stock"}

    answer = client.post("/board/clock", data=form, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, "/board/stock")
    assert answer.headers["set-cookie"].startswith("allocation_clock=utc;")


async def test_actions_are_offered_to_those_who_may_act(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        stock = await service.create("stock", Scope.STOCK)
        read = await service.create("read", Scope.READ)
        await service.client.post(
            "/add_batch",
            json={"ref": "b1", "sku": "LAMP", "qty": 5},
            headers={"Authorization": f"Bearer {stock}"},
        )
        for key, may_act in ((stock, True), (read, False)):
            for path in ("/board/stock/LAMP", "/board/batches/b1"):
                headers = HTML | {"Authorization": f"Bearer {key}"}
                text = (await service.client.get(path, headers=headers)).text
                assert ("review…" in text) is may_act


async def test_a_browser_without_a_session_is_sent_to_the_login_and_back(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        await service.create("read", Scope.READ)

        answer = await service.client.get("/board/stock?sku_prefix=A", headers=HTML)

        assert answer.status_code == 303
        assert answer.headers["location"] == "/login?next=%2Fboard%2Fstock%3Fsku_prefix%3DA"


def test_a_page_changes_when_a_message_is_committed_after_one_with_a_greater_number(
    postgresql_url: str, serve: Serve
) -> None:
    client = serve(postgresql_url)
    with psycopg.connect(postgresql_url) as early, psycopg.connect(postgresql_url) as late:
        write(late, "smaller")
        write(early, "greater")
        early.commit()
        first = client.get("/board/messages", headers=HTML)
        assert "greater" in first.text
        assert "smaller" not in first.text
        late.commit()

    second = client.get("/board/messages", headers=HTML | {"If-None-Match": first.headers["etag"]})

    assert second.status_code == 200
    assert "smaller" in second.text
