"""Dead letters are shown by what failed; to replay or discard them, the count comes first."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from httpx import Response

from allocation.access.scopes import Scope
from allocation.adapters.sql.engine.database import Database
from allocation.entrypoints.board import failed_messages
from allocation.views import FailureKind
from tests.integration.http.conftest import Client, served
from tests.support.board_pages import page_at
from tests.support.guarded import guarded
from tests.support.ledger import read_ledger
from tests.support.logged_messages import a_row, write_rows
from tests.support.storages import OpenDatabase

HTML = {"Accept": "text/html"}
FAILURES = "/board/failures"
DOWN, BUG = "OSError: down", "ValueError: <bug> & more"
OVERDUE = '{"ref":"b1","eta":"2029-01-01"}'
REPLAYED = "DeadLetterReplayed"
CONTINUATION = '{"ref":"b1","qty":1,"reason":null}'


def dead(id: str, type: str, body: str, error: str = BUG) -> dict[str, Any]:
    return a_row(id, type=type, body=body, status="dead", error=error, attempts=3)


@pytest.fixture
def failed(database_url: str, database: Database) -> Iterator[Client]:
    """A service whose log has dead letters of three kinds."""
    write_rows(
        database,
        dead("r/1", "SupplyOverdue", OVERDUE),
        dead("r2", "SupplyOverdue", OVERDUE, f"{BUG}\nline 7"),
        dead("a1", "AllocationRequired", '{"orderid":"o1","sku":"LAMP","qty":1}', DOWN),
        dead("c1", "ReleaseContinued", CONTINUATION),
    )
    with served(database_url) as client:
        yield client


def page(client: Client, path: str = FAILURES, **query: str) -> str:
    answer = client.get(path, params=query or None, headers=HTML)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def submit(client: Client, act: str, sheet: str, **other: str) -> Response:
    """Send the form of a sheet that says how many dead letters there are."""
    form = sheet[sheet.index(f'action="{FAILURES}/{act}"') :]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    return client.post(
        f"{FAILURES}/{act}", data={**fields, **other}, headers=HTML, follow_redirects=False
    )


def statuses(url: str) -> dict[str, str]:
    """The status of each dead letter of the fixture."""
    rows = read_ledger(url).messages
    return {row["id"]: row["status"] for row in rows if row["id"] in ("r/1", "r2", "a1", "c1")}


ALL_DEAD = dict.fromkeys(("r/1", "r2", "a1", "c1"), "dead")


def test_dead_letters_are_grouped_by_type_and_error(failed: Client) -> None:
    text = page(failed)

    groups = re.findall(r'error=[^"]*">([^<]*)</a><small class="block bad">(.*?)</small>', text)
    assert groups[0] == ("Supply overdue", BUG)
    assert sorted(groups[1:]) == [("Allocation required", DOWN), ("Release continued", BUG)]
    assert "Replay 2 dead letters: Supply overdue" in text
    assert "Discard 2 dead letters: Supply overdue" in text
    assert "Discard 1 dead letter: Release continued" not in text


def test_a_kind_has_a_page_of_its_own(failed: Client) -> None:
    text = page(failed, type="SupplyOverdue", error=BUG)

    assert "Dead letters: Supply overdue" in text
    assert text.count("Replay Supply overdue: b1") == 2
    assert "Replay Allocation required" not in text


def test_what_can_be_done_to_dead_letters_changes_while_the_page_is_open(failed: Client) -> None:
    every, kind = (
        page_at(failed, address)
        for address in (FAILURES, failed_messages.address_of(FailureKind("SupplyOverdue", BUG)))
    )

    assert "Replay all…" in every.live_text
    assert "Replay these… Discard these…" in kind.live_text


def test_the_page_without_failures_has_a_place_for_the_first_dead_letter(client: Client) -> None:
    assert "There are no dead letters." in page_at(client, FAILURES).live_text


def test_only_what_may_come_from_outside_can_be_edited(failed: Client) -> None:
    text = page(failed)

    assert 'href="/board/resend/a1"' in text
    assert 'href="/board/resend/r2"' not in text


def test_without_failures_the_page_says_what_would_be_here(client: Client) -> None:
    text = page(client)

    assert "Nothing has failed." in text
    assert "No message waits for another attempt." in text
    assert "Replay" not in text


def test_a_delivery_that_is_tried_again_is_listed(database_url: str, database: Database) -> None:
    # Of another version of the program, so that the relay leaves it alone.
    waiting = a_row("m1", type="Parcel", status="outgoing", attempts=2, error=DOWN)
    write_rows(database, waiting, a_row("m2", type="Parcel", status="outgoing"))
    with served(database_url) as client:
        text = page(client)

    retried = text[text.index('id="retried"') :]
    assert DOWN in retried
    assert "/board/messages/m1" in retried
    assert "/board/messages/m2" not in retried
    assert 'data-refresh="5"' in text


def test_a_kind_is_counted_before_it_is_replayed(failed: Client, database_url: str) -> None:
    sheet = page(failed, f"{FAILURES}/replay", type="SupplyOverdue", error=BUG)
    assert "Replay 2 dead letters" in sheet
    assert statuses(database_url) == ALL_DEAD

    answer = submit(failed, "replay", sheet)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{FAILURES}?replayed=2")
    after = statuses(database_url)
    assert (after["a1"], after["c1"]) == ("dead", "dead")
    assert "dead" not in (after["r/1"], after["r2"])
    assert "2 dead letters were replayed." in page(failed, replayed="2")
    facts = [
        row for row in read_ledger(database_url).messages if row["type"] == "DeadLetterReplayed"
    ]
    assert [fact["sender"] for fact in facts] == ["anonymous", "anonymous"]


def test_what_fails_after_the_count_is_not_discarded(
    failed: Client, database_url: str, database: Database
) -> None:
    sheet = page(failed, f"{FAILURES}/discard", type="SupplyOverdue", error=BUG)
    write_rows(database, dead("r3", "SupplyOverdue", OVERDUE))

    answer = submit(failed, "discard", sheet)
    assert answer.headers["location"] == f"{FAILURES}?discarded=2"
    assert [row["id"] for row in read_ledger(database_url).with_status("discarded")] == [
        "r/1",
        "r2",
    ]
    assert {row["id"] for row in read_ledger(database_url).with_status("dead")} == {
        "r3",
        "a1",
        "c1",
    }


def test_everything_is_replayed(failed: Client, database_url: str) -> None:
    sheet = page(failed, f"{FAILURES}/replay")
    assert "Replay 4 dead letters" in sheet

    answer = submit(failed, "replay", sheet)
    assert answer.headers["location"] == f"{FAILURES}?replayed=4"
    assert read_ledger(database_url).with_status("dead") == []


def test_one_dead_letter_is_discarded_once(failed: Client, database_url: str) -> None:
    sheet = page(failed, f"{FAILURES}/discard", id="r/1")
    assert "Supply overdue: b1" in sheet

    for _ in range(2):  # the second one is the repeated request of a browser
        answer = submit(failed, "discard", sheet)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/board/messages/r%2F1?done=board-")
    assert statuses(database_url) == {**ALL_DEAD, "r/1": "discarded"}
    done = failed.get(answer.headers["location"], headers=HTML).text
    assert "Dead letter discarded: r/1" in done


@pytest.mark.parametrize(
    ("act", "query", "status", "message"),
    [
        ("replay", {"id": "no-such"}, 404, "No dead letter has the id no-such"),
        ("discard", {"id": "c1"}, 409, "is a continuation"),
        ("discard", {"type": "ReleaseContinued", "error": BUG}, 409, "is a continuation"),
        ("discard", {}, 400, "choose which dead letters to discard"),
    ],
)
def test_what_is_not_possible_is_refused_before_and_when_it_is_sent(
    failed: Client,
    database_url: str,
    act: str,
    query: dict[str, str],
    status: int,
    message: str,
) -> None:
    path = f"{FAILURES}/{act}"
    shown = failed.get(path, params=query, headers=HTML)
    sent = failed.post(path, data={**query, "through": "1000"}, headers=HTML)

    for answer in (shown, sent):
        assert (answer.status_code, message in answer.text) == (status, True)
    assert statuses(database_url) == ALL_DEAD


def test_a_form_that_does_not_say_what_was_counted_is_refused(
    failed: Client, database_url: str
) -> None:
    answer = failed.post(f"{FAILURES}/replay", data={"csrf": ""}, headers=HTML)

    assert answer.status_code == 400
    assert statuses(database_url) == ALL_DEAD


def test_an_unknown_parameter_is_named(client: Client) -> None:
    answer = client.get(f"{FAILURES}?colour=red", headers=HTML)

    assert answer.status_code == 400
    assert "colour" in answer.text


def test_the_next_page_does_not_repeat_what_was_just_done(
    failed: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failed_messages, "ROWS", 2)
    text = page(failed, replayed="2")
    assert "2 dead letters were replayed." in text

    [following] = re.findall(r'<a href="([^"]*)" rel="next">', text)
    assert "were replayed" not in page(failed, following)


async def test_only_administrators_are_offered_to_act(
    sqlite_url: str, open_database: OpenDatabase
) -> None:
    order = '{"orderid":"o1","sku":"LAMP","qty":1}'
    write_rows(
        open_database(sqlite_url),
        dead("c1", "ReleaseContinued", CONTINUATION),
        dead("a1", "AllocationRequired", order),
    )
    async with guarded(sqlite_url) as service:
        shown = {}
        for scope in (Scope.ADMIN, Scope.STOCK):
            key = await service.create(f"with {scope}", scope)
            headers = {"Authorization": f"Bearer {key}", **HTML}
            shown[scope] = (await service.client.get(FAILURES, headers=headers)).text
            answer = await service.client.get(f"{FAILURES}/replay", headers=headers)
            assert answer.status_code == (200 if scope is Scope.ADMIN else 403)

    assert "Replay all" in shown[Scope.ADMIN]
    assert "Replay" not in shown[Scope.STOCK]
    assert "Edit…" in shown[Scope.ADMIN]
    assert "Edit…" not in shown[Scope.STOCK], "which may not send the messages of orders"
    assert "Release continued" in shown[Scope.STOCK]
