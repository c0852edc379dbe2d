"""What is done on the board is looked at first, and bound to what was seen."""

import re
from html import unescape

import pytest

from allocation.access.scopes import Scope
from tests.integration.http.conftest import Client
from tests.support.guarded import guarded
from tests.support.requests import add_batch, allocate

HTML = {"Accept": "text/html"}
BACK = "/board/stock/LAMP"


def fields_of(page: str) -> dict[str, str]:
    """The fields of the form of a preview."""
    form = page.partition('<form class="foot"')[2].partition("</form>")[0]
    inputs = re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in inputs}


def preview(client: Client, verb: str, **fields: str) -> str:
    answer = client.get(f"/board/preview/{verb}", params={**fields, "back": BACK}, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def quantity(client: Client) -> int:
    qty: int = client.get("/batches/b1").json()["purchased_quantity"]
    return qty


def stocked(client: Client) -> None:
    add_batch(client, "b1", qty=10, sku="LAMP")
    add_batch(client, "b2", qty=3, sku="LAMP", eta="2030-01-02")
    allocate(client, "o1", qty=5, sku="LAMP")
    allocate(client, "o2", qty=3, sku="LAMP")


def test_a_preview_tells_who_loses_and_changes_nothing(any_client: Client) -> None:
    stocked(any_client)

    page = preview(any_client, "change_batch_quantity", ref="b1", qty="5")

    assert "b1: 10 → 5 units" in page
    assert "1 order line gets a later date." in page
    assert "Set to 5 units" in page
    assert quantity(any_client) == 10


def test_the_form_of_a_preview_sends_the_message(any_client: Client) -> None:
    stocked(any_client)
    fields = fields_of(preview(any_client, "change_batch_quantity", ref="b1", qty="5"))

    answer = any_client.post(
        "/board/send/change_batch_quantity", data=fields, follow_redirects=False
    )

    assert answer.status_code == 303
    assert answer.headers["location"] == f"{BACK}?done={fields['key']}"
    assert quantity(any_client) == 5
    shown = any_client.get(answer.headers["location"], headers=HTML).text
    assert "Batch quantity changed: b1: 5 units" in shown


def test_a_form_that_is_sent_twice_takes_effect_once(client: Client) -> None:
    stocked(client)
    fields = fields_of(preview(client, "change_batch_quantity", ref="b1", qty="5"))
    for _ in range(2):
        answer = client.post(
            "/board/send/change_batch_quantity", data=fields, follow_redirects=False
        )
        assert answer.status_code == 303

    log = client.get("/events", params={"type": "BatchQuantityChanged"}).json()["events"]
    assert len(log) == 1


def test_a_preview_is_shown_again_if_other_lines_would_move_now(any_client: Client) -> None:
    stocked(any_client)
    fields = fields_of(preview(any_client, "change_batch_quantity", ref="b1", qty="5"))
    allocate(any_client, "o3", qty=2, sku="LAMP")

    answer = any_client.post("/board/send/change_batch_quantity", data=fields, headers=HTML)

    assert answer.status_code == 409
    assert "The stock has changed since you looked" in answer.text
    assert "o3" in answer.text
    assert quantity(any_client) == 10
    again = any_client.post(
        "/board/send/change_batch_quantity", data=fields_of(answer.text), follow_redirects=False
    )
    assert (again.status_code, quantity(any_client)) == (303, 5)


def test_a_message_is_sent_if_the_product_has_changed_but_the_consequences_have_not(
    any_client: Client,
) -> None:
    stocked(any_client)
    fields = fields_of(preview(any_client, "change_batch_quantity", ref="b1", qty="9"))
    allocate(any_client, "o3", qty=1, sku="LAMP")

    answer = any_client.post(
        "/board/send/change_batch_quantity", data=fields, follow_redirects=False
    )

    assert (answer.status_code, quantity(any_client)) == (303, 9)


def test_a_field_that_is_invalid_is_named_and_changes_nothing(client: Client) -> None:
    stocked(client)
    for qty in ("x", "-1", "1e3", "9" * 30, ""):
        answer = client.get(
            "/board/preview/change_batch_quantity", params={"ref": "b1", "qty": qty}, headers=HTML
        )
        assert answer.status_code == 400
        assert "Nothing has happened" in answer.text
        assert "qty" in answer.text
    assert quantity(client) == 10


def test_what_the_rules_do_not_allow_is_said_in_the_preview(client: Client) -> None:
    stocked(client)

    answer = client.get("/board/preview/cancel_batch", params={"ref": "none"}, headers=HTML)

    assert answer.status_code == 404
    assert "Unknown batch none" in answer.text


def test_a_preview_leads_back_to_pages_of_this_service_only(client: Client) -> None:
    stocked(client)
    for place in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"):
        page = client.get(
            "/board/preview/block_batch", params={"ref": "b1", "back": place}, headers=HTML
        ).text
        assert fields_of(page)["back"] == "/"


def test_names_are_escaped(client: Client) -> None:
    add_batch(client, "<script>x</script>", qty=1, sku="LAMP")

    page = preview(client, "block_batch", ref="<script>x</script>")

    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


async def test_a_form_in_a_session_needs_its_token(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        await service.log_in(await service.create("warehouse", Scope.STOCK))
        fields = {"ref": "b1", "sku": "LAMP", "qty": "5"}
        page = await service.client.get("/board/preview/add_batch", params=fields, headers=HTML)
        form = fields_of(page.text)
        for token in ("", "wrong"):
            answer = await service.client.post(
                "/board/send/add_batch", data={**form, "csrf": token}, headers=HTML
            )
            assert (answer.status_code, "Not permitted" in answer.text) == (403, True)
        answer = await service.client.post("/board/send/add_batch", data=form)
        assert answer.status_code == 303

        sent = (await service.client.get("/events")).json()["events"][0]
        assert sent["sender"] == "key:warehouse"


async def test_a_reader_may_neither_look_ahead_nor_act(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("reader", Scope.READ)
        await service.log_in(key)
        for method, path in (("GET", "preview"), ("POST", "send")):
            answer = await service.client.request(
                method, f"/board/{path}/block_batch", headers=HTML
            )
            assert (answer.status_code, "Not permitted" in answer.text) == (403, True)


async def test_a_form_in_a_session_that_has_ended_leads_to_the_login(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        await service.log_in(await service.create("warehouse", Scope.STOCK))
        await service.revoke("warehouse")
        await service.app.gate.ring.refreshed()

        for path in ("/board/send/add_batch", "/logout"):
            answer = await service.client.post(path, data={"ref": "b1"}, headers=HTML)
            assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_a_form_that_was_sent_is_never_sent_again_by_the_preview_that_followed_it(
    client: Client,
) -> None:
    stocked(client)
    fields = fields_of(
        preview(client, "ship_order_line", orderid="o1", sku="LAMP", qty="1", ref="b1")
    )
    allocate(client, "o9", qty=1, sku="LAMP")
    for _ in range(2):
        answer = client.post("/board/send/ship_order_line", data=fields, follow_redirects=False)
        assert answer.status_code == 303

    facts = client.get("/events", params={"type": "Shipped"}).json()["events"]
    assert [fact["data"]["qty"] for fact in facts] == [1]


def test_the_note_of_an_earlier_action_is_replaced(client: Client) -> None:
    stocked(client)
    fields = fields_of(preview(client, "block_batch", ref="b1"))

    answer = client.post(
        "/board/send/block_batch",
        data={**fields, "back": "/board/stock?sku_prefix=L&done=x"},
        follow_redirects=False,
    )

    place = answer.headers["location"]
    assert place == f"/board/stock?sku_prefix=L&done={fields['key']}"
    assert client.get(place, headers=HTML).status_code == 200


def test_an_order_of_very_many_products_can_be_cancelled(client: Client) -> None:
    skus = [f"{'X' * 40}-{number}" for number in range(300)]
    for sku in skus:
        add_batch(client, f"batch-{sku}", qty=1, sku=sku)
        allocate(client, "o1", qty=1, sku=sku)
    fields = fields_of(preview(client, "cancel_order", orderid="o1"))

    answer = client.post("/board/send/cancel_order", data=fields, follow_redirects=False)

    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("eta", "verdict", "days"),
    [
        ("2030-01-09", "1 order line gets a later date.", "+7 days"),
        ("2030-01-01", "1 order line gets an earlier date.", "\u22121 day"),
    ],
)
def test_a_preview_of_another_day_tells_the_lines_that_keep_their_batch(
    any_client: Client, eta: str, verdict: str, days: str
) -> None:
    add_batch(any_client, "b2", qty=3, sku="LAMP", eta="2030-01-02")
    allocate(any_client, "o1", qty=3, sku="LAMP")

    page = preview(any_client, "change_batch_eta", ref="b2", eta=eta)

    assert verdict in page
    assert "o1" in page
    assert days in page


def test_a_preview_of_an_arrival_tells_the_lines_that_can_leave_now(any_client: Client) -> None:
    add_batch(any_client, "b2", qty=3, sku="LAMP", eta="2030-01-02")
    allocate(any_client, "o1", qty=3, sku="LAMP")

    page = preview(any_client, "change_batch_eta", ref="b2", eta="")

    assert "1 order line gets an earlier date." in page


def test_a_receipt_that_was_recorded_before_cannot_be_sent_again(client: Client) -> None:
    add_batch(client, "b2", qty=9, sku="LAMP", eta="2030-01-02")
    receipt = {"ref": "b2", "new_ref": "b2-a", "qty": "3"}
    client.post("/receive_batch_part", json={**receipt, "qty": 3})

    page = preview(client, "receive_batch_part", **receipt)

    assert "This receipt was recorded before, as b2-a: nothing would change." in page
    assert "Receive 3 units" not in page


def test_more_units_than_expected_and_a_date_in_the_past_are_said(client: Client) -> None:
    add_batch(client, "b2", qty=9, sku="LAMP", eta="2030-01-02")

    receipt = preview(client, "receive_batch_part", ref="b2", new_ref="b2-a", qty="12")
    late = preview(client, "change_batch_eta", ref="b2", eta="2020-01-01")

    assert "3 units more than expected have arrived." in receipt
    assert "The date has passed: the shipment would be overdue." in late
