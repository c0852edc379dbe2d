"""Without a mail server, or without anybody to tell: it is said, at the start and in the log."""

import json
import logging
from pathlib import Path
from typing import Final

import pytest

from allocation.adapters import email
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from tests.integration.email.conftest import LAMPS_RUN_OUT
from tests.support.commands import allocation_here
from tests.support.ledger import read_ledger
from tests.support.serving import serving

NO_SERVER: Final = "ALLOCATION_SMTP_URL names no mail server"
NOBODY: Final = "ALLOCATION_STOCK_EMAIL and ALLOCATION_SALES_EMAIL name no recipient"
NO_BUYER: Final = "ALLOCATION_STOCK_EMAIL names no recipient"
WHY: Final = [
    ({}, NO_SERVER),
    ({"ALLOCATION_STOCK_EMAIL": "a@b.example"}, NO_SERVER),
    ({"ALLOCATION_SMTP_URL": "smtp://127.0.0.1:1"}, NOBODY),
]
NO_BUYERS: Final = {**WHY[2][0], "ALLOCATION_SALES_EMAIL": "a@b.example"}


@pytest.mark.parametrize(
    ("variables", "why"), [*WHY[:2], (WHY[2][0], NO_BUYER), (NO_BUYERS, NO_BUYER)]
)
def test_mail_is_written_to_the_log_and_the_log_of_messages_tells_why(
    sqlite_url: str,
    tmp_path: Path,
    variables: dict[str, str],
    why: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    shop = bootstrap(Settings.read({"ALLOCATION_DATABASE_URL": sqlite_url, **variables}))
    shop.handle_all(LAMPS_RUN_OUT)
    with caplog.at_level(logging.INFO):
        shop.relay.run()
    shop.close()
    assert caplog.messages == [
        f"e-mail to {variables.get('ALLOCATION_STOCK_EMAIL', 'nobody')}: Out of stock for LAMP"
    ]
    (mail,) = [row for row in read_ledger(sqlite_url).messages if row["type"] == "Digest"]
    assert (mail["status"], mail["error"]) == ("handled", why)

    listed = allocation_here("log", "unfinished", "--database", sqlite_url, cwd=tmp_path)
    assert listed.stdout == "Every message is finished.\n"
    assert (
        listed.stderr == f"1 e-mail was written to a server's log instead of being sent: {why}.\n"
    )


@pytest.mark.parametrize(("variables", "why"), [*WHY, (WHY[1][0] | WHY[2][0], None)])
def test_a_server_warns_once_at_start_if_it_cannot_send(
    sqlite_url: str, tmp_path: Path, variables: dict[str, str], why: str | None
) -> None:
    with serving(sqlite_url, tmp_path, settings=variables) as server:
        server.terminate()
    warning = f"e-mail is written to this log instead of being sent: {why}"
    lines = [json.loads(line)["event"] for line in server.output if "mail" in line]
    assert lines == ([warning] if why else [])


def test_a_command_that_sends_its_mails_does_not_warn(sqlite_url: str, tmp_path: Path) -> None:
    listed = allocation_here("log", "unfinished", "--database", sqlite_url, cwd=tmp_path)
    assert listed.stderr == ""


def test_no_served_application_writes_to_the_address_of_the_chapter(sqlite_url: str) -> None:
    """It belongs to a real company; only the bare bus of the chapter's tests has it."""
    assert email.STOCK_ADDRESS == "stock@made.com"
    assert not any(Settings.read({}).email.audiences.values())
