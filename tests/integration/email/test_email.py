"""E-mail to a real server: what is sent, to whom, and what happens while it is down."""

import logging
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any, Final

import pytest
from litestar.testing import TestClient

from allocation.adapters import email, smtp
from allocation.bootstrap import Application, bootstrap
from allocation.config import EmailSettings, Settings, SmtpServer
from allocation.config.addresses import parse
from allocation.domain.events import AllocationRequired, BatchCreated, OutOfStock
from allocation.domain.news import Notification
from allocation.entrypoints.cli.outbox import AT_ONCE
from allocation.entrypoints.http.app import create_app
from allocation.messaging.deliveries import Delivery
from allocation.messaging.log import Status
from tests.integration.email.conftest import LAMPS_RUN_OUT
from tests.support.clock import VirtualClock
from tests.support.commands import allocation_here
from tests.support.files import BATCH_COLUMNS, a_file
from tests.support.groups import an_entry
from tests.support.ledger import read_ledger
from tests.support.mail import MailServer, a_server
from tests.support.requests import add_batch, allocate
from tests.support.waiting import wait_until

BUYERS: Final = parse("buyers@shop.example")
LAMP: Final = Notification("Out of stock for LAMP", "LAMP")


def test_purchasing_gets_a_mail_about_a_sku_that_ran_out(
    shop: Application, mail_server: MailServer, settings: Settings
) -> None:
    with mail_server.up() as inbox:
        assert shop.relay.run() == 1

    (mail,) = inbox.mails
    assert inbox.recipients == [["buyers@shop.example"]]
    assert (mail["To"], mail["From"]) == ("buyers@shop.example", "robot@shop.example")
    assert mail["Subject"] == "Out of stock for LAMP"
    assert mail.get_content().splitlines()[:2] == [
        "Out of stock for LAMP:",
        "  LAMP: 1 order line waits for 5 units",
    ]
    assert mail["Date"].datetime.year == 2030
    (event,) = (
        row for row in read_ledger(settings.database_url).messages if row["type"] == "Digest"
    )
    assert mail["Message-ID"] == f"<{event['id']}@allocation>"
    assert (event["status"], event["attempts"], event["due"]) == ("handled", 0, None)


def test_a_mail_without_a_mail_server_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        email.send("stock@made.com", "Out of stock for LAMP")

    assert caplog.messages == ["e-mail to stock@made.com: Out of stock for LAMP"]


def test_while_the_server_is_down_the_failures_are_logged_and_the_message_stays_and_then_goes_once(
    shop: Application,
    mail_server: MailServer,
    settings: Settings,
    clock: VirtualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for attempt in (1, 2, 3):
        assert shop.relay.run() == 0
        (message,) = read_ledger(settings.database_url).with_status("outgoing")
        assert message["attempts"] == attempt
        assert message["error"].startswith(f"ConnectionError: 127.0.0.1:{mail_server.port}: ")
        assert "ConnectionRefusedError" in message["error"]
        for detail in (
            "Digest(audience='buyers'",
            message["id"],
            f"attempt {attempt}",
            "again at 20",
        ):
            assert detail in caplog.text
        assert message["error"].partition(": ")[2] in caplog.text
        pause = (message["due"] - clock()).total_seconds()
        assert 0.75 <= pause / 2 ** (attempt - 1) <= 1
        assert shop.relay.run() == 0, "not before it is due"
        assert read_ledger(settings.database_url).with_status("outgoing") == [message]
        clock.go_on(seconds=pause)

    with mail_server.up() as inbox:
        assert shop.relay.run() == 1
        assert shop.relay.run() == 0
    assert len(inbox.mails) == 1
    assert inbox.mails[0]["Message-ID"] == f"<{message['id']}@allocation>"


def test_flaw_11_a_server_that_is_down_does_not_fail_or_delay_an_allocation(
    mail_server: MailServer, settings: Settings
) -> None:
    with TestClient(
        create_app(bootstrap(settings), may_be_open=True), "http://127.0.0.1"
    ) as client:
        add_batch(client, qty=1)
        began = time.monotonic()
        assert allocate(client, "o1", qty=5) is None
        assert allocate(client, "o2", qty=1) == "b1"
        assert time.monotonic() - began < settings.email.timeout / 2
        (message,) = wait_until(lambda: unsent(settings), "it was tried")
        assert "ConnectionRefusedError" in message["error"]
        assert mail_server.inbox.mails == []


def test_mails_are_sent_at_the_start_and_while_the_service_serves(
    mail_server: MailServer, settings: Settings
) -> None:
    earlier = bootstrap(settings)
    earlier.handle_all(LAMPS_RUN_OUT)
    earlier.close()
    with (
        mail_server.up() as inbox,
        TestClient(create_app(bootstrap(settings), may_be_open=True), "http://127.0.0.1") as client,
    ):
        wait_until(lambda: inbox.mails, "the mail of an earlier process has arrived")
        add_batch(client, qty=1, ref="b2", sku="SOFA")
        for order in ("o1", "o2"):
            allocate(client, order, qty=5, sku="SOFA")
        wait_until(lambda: inbox.mails[1:], "the next mail has arrived")
        wait_until(
            lambda: not read_ledger(settings.database_url).with_status("outgoing"), "it is noted"
        )

    subjects = [f"Out of stock for {sku}" for sku in ("LAMP", "SOFA")]
    assert [mail["Subject"] for mail in inbox.mails] == subjects


def test_a_command_sends_due_mails_once(
    sqlite_url: str, mail_server: MailServer, tmp_path: Path
) -> None:
    variables = {"ALLOCATION_DATABASE_URL": sqlite_url, **mail_server.settings}
    batches = a_file(tmp_path, "b1,LAMP,5,", header=BATCH_COLUMNS)
    allocation_here("import", "batches", batches, cwd=tmp_path, settings=variables)
    lines = a_file(tmp_path, "o1,LAMP,3", "o2,LAMP,2")
    allocation_here("import", "orders", lines, cwd=tmp_path, settings=variables)

    down = allocation_here("set-quantity", "b1", "4", cwd=tmp_path, settings=variables)
    assert down.returncode == 0
    assert "1 order line moved" in down.stdout
    with mail_server.up() as inbox:
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
            connection.execute("UPDATE messages SET due = at WHERE status = 'outgoing'")
            connection.commit()
        up = allocation_here("set-quantity", "b1", "4", cwd=tmp_path, settings=variables)
        allocation_here("set-quantity", "b1", "4", cwd=tmp_path, settings=variables)

    assert up.returncode == 0
    assert [mail["Subject"] for mail in inbox.mails] == ["Out of stock for LAMP"]
    assert inbox.recipients == [["buyers@shop.example"]]


def test_a_command_sends_some_and_leaves_the_others_to_a_server(
    sqlite_url: str, mail_server: MailServer, tmp_path: Path
) -> None:
    variables = {"ALLOCATION_DATABASE_URL": sqlite_url, **mail_server.settings}
    skus = [f"LAMP-{number}" for number in range(AT_ONCE + 5)]
    parts = bootstrap(Settings(sqlite_url))
    parts.handle_all(BatchCreated(f"b-{sku}", sku, 1) for sku in skus)
    parts.handle_all(AllocationRequired("o1", sku, 2) for sku in skus)
    parts.close()

    with mail_server.up() as inbox:
        ended = allocation_here("set-quantity", "b-LAMP-0", "1", cwd=tmp_path, settings=variables)

    assert len(inbox.mails) == AT_ONCE
    assert "5 e-mails wait to be sent" in ended.stderr


def test_a_mail_for_a_server_stays_due_where_none_is_configured(
    shop: Application, settings: Settings, mail_server: MailServer, clock: VirtualClock
) -> None:
    assert shop.relay.run() == 0  # the server is down
    clock.go_on(seconds=1)
    other_server = bootstrap(Settings(settings.database_url), clock=clock)
    assert other_server.relay.run() == 0
    (message,) = unsent(settings)
    assert message["attempts"] == 2
    assert "but now ALLOCATION_SMTP_URL names no mail server" in message["error"]
    other_server.close()

    clock.go_on(seconds=2)
    with mail_server.up() as inbox:
        assert shop.relay.run() == 1
    assert len(inbox.mails) == 1


def test_a_replayed_mail_stays_due_where_no_server_is_configured() -> None:
    """It begins with no attempts again, and keeps the error of the last one."""
    entry = an_entry(OutOfStock("LAMP"), "m1", Status.OUTGOING, error="it was down")
    mailer, why = email.Mailer(EmailSettings()), "but now ALLOCATION_SMTP_URL names no mail server"
    with pytest.raises(ConnectionError, match=why):
        mailer.send("buyers", LAMP, Delivery.of([entry], "mail"))


def unsent(settings: Settings) -> list[dict[str, Any]]:
    """What is still to be sent, and was tried."""
    outgoing = read_ledger(settings.database_url).with_status("outgoing")
    return [row for row in outgoing if row["attempts"]]


@pytest.mark.parametrize(
    "sku",
    [
        *("=?utf-8?q?A=0d=0aBcc:_b@evil.example?=", "=?utf-8?b?QQ0KQmNjOiBiQGV2aWwuZXhhbXBsZQ==?="),
        "Kürbis-南瓜-" + "x" * 200,
    ],
)
def test_a_sku_of_any_script_is_in_the_mail_as_it_is_and_puts_nothing_into_the_headers(
    mail_server: MailServer, settings: Settings, sku: str
) -> None:
    BatchCreated("b1", sku, 10)  # it is a name that the rules allow
    with mail_server.up() as inbox:
        subject = f"Out of stock for {sku}"
        email.Mailer(settings.email).send("buyers", Notification(subject, subject))

    headers = inbox.raw[0].partition(b"\r\n\r\n")[0]
    assert not any(line.lower().startswith(b"bcc") for line in headers.splitlines())
    assert inbox.recipients == [["buyers@shop.example"]]
    assert inbox.mails[0]["Subject"] == f"Out of stock for {sku}"
    assert inbox.mails[0].get_content().strip() == f"Out of stock for {sku}"


def test_a_server_that_never_comes_to_the_point_is_hung_up_on() -> None:
    def greet(caller: socket.socket, ended: Event) -> None:
        while not ended.wait(0.05):
            caller.sendall(b"220-and another thing\r\n")

    with a_server(greet) as port:
        settings = EmailSettings(SmtpServer("127.0.0.1", port), BUYERS, timeout=0.3)
        with pytest.raises(ConnectionError):
            email.Mailer(settings).send("buyers", LAMP)


def test_a_name_with_many_addresses_does_not_take_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """None of them answers; all together have the time that one has."""
    now, asked = 0.0, list[float]()

    def silent(_address: object, timeout: float) -> None:
        nonlocal now
        now += timeout
        asked.append(timeout)
        raise TimeoutError("silence")

    addresses = [(0, 0, 0, "", (f"10.0.0.{n}", 25)) for n in range(12)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    monkeypatch.setattr(socket, "create_connection", silent)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    settings = EmailSettings(SmtpServer("mail.example", 25), BUYERS, timeout=10.0)
    message = r"mail\.example:25: TimeoutError"
    with pytest.raises(ConnectionError, match=message):
        email.Mailer(settings).send("buyers", LAMP)
    assert sum(asked) == smtp.DEADLINE_FACTOR * 10
