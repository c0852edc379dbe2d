"""One mail for a cause: a request, a file, or the daily check; made when its chains are done."""

import json
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Final

import pytest
from litestar.testing import TestClient

from allocation.bootstrap import Application, bootstrap
from allocation.config import Settings
from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchEtaChanged,
    BatchQuantityChanged,
    Event,
    OrderCancelled,
)
from allocation.domain.news import MOST_LISTED
from allocation.entrypoints.http.app import create_app
from allocation.messaging.digests import SUBMISSION_TIMEOUT
from tests.support.clock import VirtualClock
from tests.support.commands import allocation_here
from tests.support.files import BATCH_COLUMNS, a_file
from tests.support.ledger import read_ledger
from tests.support.mail import Inbox, MailServer
from tests.support.waiting import wait_until

SALES: Final = "sales@shop.example"
BUYERS: Final = "buyers@shop.example"
VARIABLES: Final = {"ALLOCATION_STOCK_EMAIL": BUYERS, "ALLOCATION_SALES_EMAIL": SALES}


@pytest.fixture
def variables(sqlite_url: str, mail_server: MailServer) -> dict[str, str]:
    smtp = {"ALLOCATION_SMTP_URL": mail_server.url}
    return {"ALLOCATION_DATABASE_URL": sqlite_url, **smtp, **VARIABLES}


@pytest.fixture
def shop(variables: dict[str, str], clock: VirtualClock) -> Iterator[Application]:
    shop = bootstrap(Settings.read(variables), clock=clock)
    yield shop
    shop.close()


def handled(shop: Application, *events: Event) -> None:
    for answer in shop.handle_all(events):
        assert answer.error is None


def database_of(shop: Application) -> str:
    return str(shop.database.engine.url)


def sent(inbox: Inbox) -> dict[str, EmailMessage]:
    """The mails by their only recipient; each has got one."""
    (recipients,) = zip(*inbox.recipients, strict=True)
    assert len(set(recipients)) == len(recipients)
    return dict(zip(recipients, inbox.mails, strict=True))


def lines(mail: EmailMessage) -> list[str]:
    return str(mail.get_content()).splitlines()


def test_sales_and_the_buyers_get_a_mail_each_about_a_correction(
    shop: Application, mail_server: MailServer, clock: VirtualClock
) -> None:
    soon = clock.now.date() + timedelta(days=3)
    handled(
        shop,
        BatchCreated("b1", "LAMP", 10),
        BatchCreated("b2", "LAMP", 4, soon),
        AllocationRequired("o1", "LAMP", 3),
        AllocationRequired("o2", "LAMP", 7),
    )
    shop.handle(BatchQuantityChanged("b1", 2, "a leak"), "fix-1")

    with mail_server.up() as inbox:
        assert shop.relay.run() == 2
        assert shop.relay.run() == 0

    mails, today = sent(inbox), clock.now.date()
    assert mails[SALES]["Subject"] == "1 promise lost; 1 promise changed"
    cause = "Cause: BatchQuantityChanged (ref b1, qty 2, reason a leak), key fix-1"
    assert lines(mails[SALES]) == [
        "1 promise lost:",
        f"  order o2: 7 of LAMP: b1 ({today}) -> waits for stock",
        "",
        "1 promise changed:",
        f"  order o1: 3 of LAMP: b1 ({today}) -> b2 ({soon}), late",
        "",
        cause,
    ]
    assert mails[BUYERS]["Subject"] == "Out of stock for LAMP"
    assert lines(mails[BUYERS]) == [
        "Out of stock for LAMP:",
        "  LAMP: 1 order line waits for 7 units",
        "",
        cause,
    ]


def test_a_cascade_of_many_portions_is_one_mail_that_lists_the_first_lines(
    shop: Application, mail_server: MailServer
) -> None:
    handled(shop, BatchCreated("b1", "LAMP", 1000), BatchCreated("b2", "LAMP", 1000))
    handled(shop, *(AllocationRequired(f"o{n}", "LAMP", 1) for n in range(700)))
    handled(shop, BatchQuantityChanged("b1", 0))

    with mail_server.up() as inbox:
        assert shop.relay.run() == 1

    (mail,) = inbox.mails
    digests = [row for row in read_ledger(database_of(shop)).messages if row["type"] == "Digest"]
    assert mail["Message-ID"] == f"<{digests[0]['id']}.{len(digests) - 1}@allocation>"
    assert mail["Subject"] == "700 promises changed"
    listed = [line for line in lines(mail) if line.startswith("  order")]
    assert len(set(listed)) == len(listed) == 200
    assert "  and 500 more" in lines(mail)
    assert not read_ledger(str(shop.database.engine.url)).with_status("outgoing")


def test_a_cascade_of_many_portions_belongs_to_the_file_that_has_set_it_off(
    shop: Application, mail_server: MailServer
) -> None:
    handled(shop, BatchCreated("b1", "LAMP", 1000), BatchCreated("b2", "LAMP", 1000))
    handled(shop, *(AllocationRequired(f"o{n}", "LAMP", 1) for n in range(700)))
    submission = shop.processor.new_submission("counts.csv")
    shop.handle_all([BatchQuantityChanged("b1", 0)], submission)

    with mail_server.up() as inbox:
        assert shop.relay.run() == 0
        shop.relay.end_submission(submission)
        assert shop.relay.run() == 1
    assert inbox.mails[0]["Subject"] == "700 promises changed"
    assert "Cause: counts.csv, 1 message" in lines(inbox.mails[0])


def test_what_a_request_has_taken_away_and_given_back_is_not_told(
    shop: Application, mail_server: MailServer
) -> None:
    handled(shop, BatchCreated("b1", "LAMP", 8))
    handled(shop, *(AllocationRequired(f"o{n}", "LAMP", 4) for n in (1, 2)))
    for quantities, number in (((0, 8), 0), ((8, 0), 2)):
        submission = shop.processor.new_submission("counts.csv")
        shop.handle_all((BatchQuantityChanged("b1", qty) for qty in quantities), submission)
        shop.relay.end_submission(submission)
        with mail_server.up() as inbox:
            shop.relay.run()
        about_promises = [mail for mail in inbox.mails if "promise" in mail["Subject"]]
        assert [mail["Subject"] for mail in about_promises] == ["2 promises lost"] * (number // 2)


def test_a_line_that_was_cancelled_before_the_mail_is_not_said_to_wait(
    shop: Application, mail_server: MailServer
) -> None:
    handled(shop, BatchCreated("b1", "LAMP", 4), AllocationRequired("o1", "LAMP", 4))
    handled(shop, BatchQuantityChanged("b1", 0))
    handled(shop, OrderCancelled("o1"))
    with mail_server.up() as inbox:
        shop.relay.run()
    text = sent(inbox)[SALES].get_content()
    assert "-> no promise, and does not wait any more" in text


def test_a_file_is_one_mail_however_many_of_its_rows_have_an_effect(
    variables: dict[str, str], mail_server: MailServer, tmp_path: Path
) -> None:
    stock = [f"b{n},LAMP-{n},1," for n in range(3)]
    batches = a_file(tmp_path, *stock, header=BATCH_COLUMNS)
    (tmp_path / "orders").mkdir()
    orders = a_file(tmp_path / "orders", *(f"o{n},LAMP-{n % 3},1" for n in range(9)))
    with mail_server.up() as inbox:
        for what, path in (("batches", batches), ("orders", orders)):
            allocation_here("import", what, path, cwd=tmp_path, settings=variables)

    (mail,) = inbox.mails
    assert mail["Subject"] == "Out of stock for 3 products"
    assert f"Cause: {Path(orders).name}, 3 messages" in lines(mail)
    assert "  AllocationRequired (orderid o3, sku LAMP-0, qty 1), key" in mail.get_content()


def test_a_bulk_request_is_one_mail(variables: dict[str, str], mail_server: MailServer) -> None:
    messages = [
        line
        for sku in ("LAMP", "SOFA")
        for line in (
            {"type": "BatchCreated", "ref": f"b-{sku}", "sku": sku, "qty": 1},
            {"type": "AllocationRequired", "orderid": "o1", "sku": sku, "qty": 2},
        )
    ]
    with (
        mail_server.up() as inbox,
        TestClient(
            create_app(bootstrap(Settings.read(variables)), may_be_open=True), "http://127.0.0.1"
        ) as client,
    ):
        content = "\n".join(map(json.dumps, messages))
        assert client.post("/messages", content=content).status_code == 200
        wait_until(lambda: inbox.mails, "the mail has arrived")

    (mail,) = inbox.mails
    assert mail["Subject"] == "Out of stock for 2 products"
    assert "Cause: POST /messages, 2 messages" in lines(mail)


def test_the_mail_about_a_file_whose_import_was_killed_goes_some_minutes_later(
    shop: Application, mail_server: MailServer, clock: VirtualClock
) -> None:
    handled(shop, BatchCreated("b1", "LAMP", 1))
    shop.handle_all([AllocationRequired("o1", "LAMP", 2)], shop.processor.new_submission("a.csv"))

    with mail_server.up() as inbox:
        assert shop.relay.run() == 0
        clock.go_on(seconds=SUBMISSION_TIMEOUT.total_seconds())
        assert shop.relay.run() == 1
    assert "Cause: a.csv, 1 message" in lines(inbox.mails[0])


def test_overdue_shipments_are_one_mail_a_day(
    shop: Application, mail_server: MailServer, clock: VirtualClock
) -> None:
    eta = clock.now.date() + timedelta(days=1)
    handled(shop, *(BatchCreated(f"s{n}", "LAMP", n, eta) for n in (1, 2, 3)))
    handled(shop, AllocationRequired("o1", "LAMP", 1))
    clock.go_on(seconds=2 * 86_400)
    with mail_server.up() as inbox:
        assert sum(shop.overdue.report()) == 3
        handled(shop, BatchEtaChanged("s2", clock.now.date() + timedelta(days=9)))
        shop.relay.run()
        assert sum(shop.overdue.report()) == 2
        shop.relay.run()

    (mail,) = inbox.mails
    assert inbox.recipients == [[BUYERS]]
    assert mail["Subject"] == "2 shipments overdue"
    assert f"  s1: 1 of LAMP, due on {eta}; 1 are promised to 1 order line" in lines(mail)
    assert f"  s3: 3 of LAMP, due on {eta}; none is promised" in lines(mail)
    assert "s2: " not in mail.get_content()


def test_overdue_shipments_beyond_those_listed_are_told_though_all_of_these_have_arrived(
    shop: Application, mail_server: MailServer, clock: VirtualClock
) -> None:
    eta = clock.now.date() + timedelta(days=1)
    handled(shop, *(BatchCreated(f"s{n:03}", "LAMP", 1, eta) for n in range(MOST_LISTED + 5)))
    clock.go_on(seconds=2 * 86_400)
    with mail_server.up() as inbox:
        assert sum(shop.overdue.report()) == MOST_LISTED + 5
        handled(shop, *(BatchEtaChanged(f"s{n:03}", None) for n in range(MOST_LISTED)))
        shop.relay.run()
    assert inbox.mails[0]["Subject"] == "5 shipments overdue"
    assert "  and 5 more" in lines(inbox.mails[0])


def test_a_mail_waits_for_the_follow_ups_that_are_tried_again(
    shop: Application, mail_server: MailServer, clock: VirtualClock
) -> None:
    handled(shop, BatchCreated("b1", "LAMP", 2), AllocationRequired("o1", "LAMP", 2))
    shop.handle(BatchQuantityChanged("b1", 0), "fix")
    with shop.database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE messages SET status = 'pending', due = '2031-01-01 00:00:00.000000'"
            " WHERE causation_id = 'fix' AND type = 'AllocationRequired'"
        )
        connection.commit()
    with mail_server.up() as inbox:
        assert shop.relay.run() == 0
        assert inbox.mails == []


def test_a_dry_run_sends_no_mail(shop: Application, mail_server: MailServer) -> None:
    handled(shop, BatchCreated("b1", "LAMP", 2))
    shop.dry_run([AllocationRequired("o1", "LAMP", 3)])
    with mail_server.up():
        assert shop.relay.run() == 0
    assert not read_ledger(str(shop.database.engine.url)).with_status("outgoing")
