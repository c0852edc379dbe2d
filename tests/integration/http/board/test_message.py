"""The page of a message shows what it says, what caused it, and what followed."""

import re
from urllib.parse import quote

import pytest

from allocation.access.scopes import Scope
from allocation.adapters.sql.engine.database import Database
from allocation.entrypoints.board.formats import MINUS
from tests.integration.http.conftest import Client, served
from tests.support.board_pages import page_at
from tests.support.guarded import guarded
from tests.support.logged_messages import a_row, write_rows
from tests.support.requests import add_batch, allocate, post

HTML = {"Accept": "text/html"}
KEY = "fix/1 ö"


def page(client: Client, id: str) -> str:
    answer = client.get(f"/board/messages/{quote(id, safe='')}", headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def nodes(text: str) -> list[str]:
    """The sentences of the boxes of the tree."""
    return re.findall(r"<title>([^<]*)</title>\s*<svg", text)


@pytest.fixture
def corrected(any_client: Client) -> Client:
    """A correction took a line off its batch, and it found room in another one."""
    for ref, qty in (("b1", 10), ("b2", 5)):
        add_batch(any_client, ref, qty)
    allocate(any_client, "o1", qty=5)
    change = {"ref": "b1", "qty": 0, "reason": "wet"}
    assert post(any_client, "/change_batch_quantity", change, KEY).status_code == 200
    return any_client


def test_a_page_shows_the_message_and_the_tree_of_what_followed(corrected: Client) -> None:
    text, today = page(corrected, KEY), corrected.app.state.application.today()

    assert "<h1>Batch quantity changed</h1>" in text
    assert 'data-copy="fix/1 ö"' in text
    assert "&#34;reason&#34;: &#34;wet&#34;" in text
    assert "&#34;o1&#34;" in text  # the results
    assert nodes(text) == [
        "Batch quantity changed: b1: 0 units (wet)",
        f"Batch quantity adjusted: b1 by {MINUS}10 (wet)",
        "Deallocated: o1, 5 units from b1 (wet)",
        "Allocation required: o1, 5 units of LAMP",
        f"Promise changed: o1, 5 units of LAMP, from b2 now, on {today}",
        "Digest: 1 fact for sales",
        "Allocated: o1, 5 units from b2",
    ]
    assert text.count('class="node here"') == 1
    assert 'href="/board/batches/b1"' in text


def test_a_follow_up_shows_its_causes(corrected: Client) -> None:
    link = re.search(r'<a href="([^"]*)">\s*<title>Allocated: ', page(corrected, KEY))
    assert link is not None

    answer = corrected.get(link[1], headers=HTML)
    assert nodes(answer.text) == [
        "Batch quantity changed: b1: 0 units (wet)",
        "Allocation required: o1, 5 units of LAMP",
        "Allocated: o1, 5 units from b2",
    ]
    assert "After its cause" in answer.text


def test_the_tree_is_a_nested_list_as_well(corrected: Client) -> None:
    text = page(corrected, KEY)

    outline = text[text.index('<ul class="outline">') :]
    outline = outline[: outline.index("</details>")]
    for tag in ("ul", "li"):
        assert outline.count(f"<{tag}") == outline.count(f"</{tag}>")
    assert outline.count("<li>") == len(nodes(text))


def test_a_refused_message_shows_why(client: Client) -> None:
    post(client, "/cancel_batch", {"ref": "b1"}, "k1")

    text = page(client, "k1")
    assert "UnknownBatch: Unknown batch b1" in text
    assert '<span class="tag warn">refused</span>' in text


def test_a_delivery_that_fails_shows_its_attempts_and_is_read_again(
    database_url: str, database: Database
) -> None:
    # Of another version of the program, so that the relay leaves it alone.
    stored = a_row("m1", type="Parcel", status="outgoing", attempts=3, error="OSError: down")
    write_rows(database, stored)
    with served(database_url) as client:
        text = page(client, "m1")

    assert "OSError: down" in text
    assert "failed 3 times, to be tried again" in text
    assert 'data-refresh="5"' in text


def test_a_message_that_dies_can_be_replayed_on_its_open_page(
    database_url: str, database: Database
) -> None:
    write_rows(database, a_row("m1", type="Parcel", status="dead", attempts=3, error="down"))
    with served(database_url) as client:
        assert "Replay… Discard…" in page_at(client, "/board/messages/m1").live_text


def test_a_tree_has_a_limit_and_the_rest_has_pages(database_url: str, database: Database) -> None:
    rows = [
        a_row(f"m{n}", causation_id="m0", correlation_id="m0", body=f'{{"sku":"S{n}"}}')
        for n in range(1, 300)
    ]
    write_rows(database, a_row("m0"), *rows)
    with served(database_url) as client:
        first = page(client, "m0")
        [following] = re.findall(r'<a href="([^"]*)" rel="next">', first)
        second = client.get(following, headers=HTML).text

    assert 100 < len(nodes(first)) <= 200
    assert f"+{300 - len(nodes(first))} more" in first
    assert nodes(second)[0] == "Out of stock: CHAIR"
    assert len(nodes(first)) + len(nodes(second)) == 301
    assert nodes(second)[-1] == "Out of stock: S299"


def test_an_unknown_message_is_not_found(client: Client) -> None:
    answer = client.get("/board/messages/no-such", headers=HTML)

    assert answer.status_code == 404
    assert "The log has no message with the id no-such" in answer.text


async def test_only_those_who_may_send_such_a_message_may_send_it_again(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        stock = await service.create("stock", Scope.STOCK)
        orders = await service.create("orders", Scope.ORDERS)
        await service.client.post(
            "/add_batch",
            json={"ref": "b1", "sku": "LAMP", "qty": 1},
            headers={"Authorization": f"Bearer {stock}", "Idempotency-Key": "k1"},
        )
        shown, forms = dict[str, str](), dict[str, int]()
        for name, key in (("stock", stock), ("orders", orders)):
            headers = {"Authorization": f"Bearer {key}", **HTML}
            shown[name] = (await service.client.get("/board/messages/k1", headers=headers)).text
            forms[name] = await service.status("GET", "/board/resend/k1", key, **HTML)

    assert "Send again as a new message" in shown["stock"]
    assert "Send again as a new message" not in shown["orders"]
    assert forms == {"stock": 200, "orders": 403}
