"""What became of a message that waited in the log is a fact of its own, recorded once."""

import json
from collections import Counter
from contextlib import closing

import pytest

from allocation.adapters import email
from allocation.bootstrap import Application, bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged
from allocation.messaging.retry import Backoff
from tests.support.ledger import read_ledger


def facts(url: str, kind: str) -> Counter[str]:
    """The ids of the messages that such facts are about."""
    rows = read_ledger(url).messages
    return Counter(json.loads(row["body"])["message"] for row in rows if row["type"] == kind)


def lose_forty_lines(parts: Application) -> None:
    parts.handle(BatchCreated("b", "LAMP", 40))
    parts.handle_all([AllocationRequired(f"o{n}", "LAMP", 1) for n in range(40)])
    parts.handle(BatchQuantityChanged("b", 0))


def test_a_follow_up_that_waited_for_the_next_group_is_reported_once(database_url: str) -> None:
    with closing(bootstrap(Settings(database_url), max_group_size=4)) as parts:
        lose_forty_lines(parts)

    handled = facts(database_url, "MessageHandled")

    types = {row["id"]: row["type"] for row in read_ledger(database_url).messages}
    assert {types[id] for id in handled} == {"AllocationRequired"}
    assert set(handled.values()) == {1}


def test_a_message_that_is_handled_at_once_needs_no_fact(database_url: str) -> None:
    with closing(bootstrap(Settings(database_url))) as parts:
        parts.handle(BatchCreated("b", "LAMP", 40))
        parts.handle(AllocationRequired("o", "LAMP", 1))

    assert facts(database_url, "MessageHandled") == {}
    assert facts(database_url, "MessageFailed") == {}


def test_a_mail_is_reported_when_it_is_delivered(database_url: str) -> None:
    with closing(bootstrap(Settings(database_url))) as parts:
        lose_forty_lines(parts)
        parts.relay.run()

    handled = facts(database_url, "MessageHandled")

    mails = {row["id"] for row in read_ledger(database_url).messages if row["type"] == "Digest"}
    assert mails
    assert handled == Counter(dict.fromkeys(mails, 1))


def test_a_dead_letter_is_reported_with_its_error(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("no such mailbox")

    monkeypatch.setattr(email.Mailer, "send", refuse)
    with closing(bootstrap(Settings(database_url))) as parts:
        monkeypatch.setattr(parts.relay, "_backoff", Backoff(max_attempts=1))
        lose_forty_lines(parts)
        parts.relay.run(1)

    [failed] = [
        json.loads(row["body"])
        for row in read_ledger(database_url).messages
        if row["type"] == "MessageFailed"
    ]

    [letter] = [row for row in read_ledger(database_url).messages if row["status"] == "dead"]
    assert failed == {"message": letter["id"], "error": "ValueError: no such mailbox"}


def test_a_chain_that_is_too_deep_is_reported(database_url: str) -> None:
    with closing(bootstrap(Settings(database_url, max_depth=0))) as parts:
        lose_forty_lines(parts)

    letters = {row["id"] for row in read_ledger(database_url).messages if row["status"] == "dead"}

    assert letters
    assert facts(database_url, "MessageFailed") == Counter(dict.fromkeys(letters, 1))
