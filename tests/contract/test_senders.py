"""Who sent a message is recorded with it, by every store, and cannot be changed afterwards."""

from datetime import timedelta

import pytest

from allocation.access.callers import SERVICE
from allocation.adapters.sql.engine.database import Database
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated, Event
from allocation.messaging.log import Envelope
from allocation.messaging.worker import Worker
from allocation.views import LogViews
from tests.support.clock import VirtualClock
from tests.support.ledger import read_ledger
from tests.support.stock_harness import StockHarness

BATCH = BatchCreated("b1", "LAMP", 5)
LINE = AllocationRequired("o1", "LAMP", 3)


@pytest.fixture
def harness(database: Database) -> StockHarness:
    return StockHarness(database)


def sent(harness: StockHarness, sender: str | None, *events: Event, ids: list[str]) -> None:
    processor = harness.processor
    answers = processor.process(processor.envelopes(events, ids=ids, sender=sender))
    assert not [answer.error for answer in answers if answer.error]


def senders(url: str) -> dict[str, str | None]:
    return {row["id"]: row["sender"] for row in read_ledger(url).messages}


def test_the_sender_is_recorded_with_the_incoming_message_alone(
    harness: StockHarness, database_url: str
) -> None:
    sent(harness, "key:shop", BATCH, LINE, ids=["batch", "line"])

    recorded = senders(database_url)

    assert (recorded.pop("batch"), recorded.pop("line")) == ("key:shop", "key:shop")
    assert recorded
    assert set(recorded.values()) == {None}


def test_a_repeated_message_keeps_its_first_sender(
    harness: StockHarness, database_url: str
) -> None:
    sent(harness, "key:shop", BATCH, ids=["batch"])
    sent(harness, "key:board", BATCH, ids=["batch"])

    assert senders(database_url)["batch"] == "key:shop"


def test_a_refused_message_has_its_sender(harness: StockHarness, database_url: str) -> None:
    sent(harness, "key:shop", BATCH, ids=["batch"])
    other = BatchCreated("b1", "CHAIR", 5)
    [answer] = harness.processor.process(
        [harness.processor.envelope(other, "other", sender="key:board")]
    )

    assert answer.error is not None
    assert senders(database_url)["other"] == "key:board"


def test_a_follow_up_of_a_sent_message_has_no_sender_of_its_own(database_url: str) -> None:
    clock = VirtualClock()
    root = Envelope.root(BATCH, id="batch", at=clock.now, submission="file", sender="key:shop")

    follow_up = root.causing(LINE, id="line", at=clock.now)

    assert (follow_up.sender, follow_up.submission) == (None, "file")


async def test_a_worker_records_the_sender_of_single_and_of_many_messages(
    database_url: str,
) -> None:
    application = bootstrap(Settings(database_url))
    worker: Worker = application.worker()
    await worker.start()
    try:
        await worker.submit(BATCH, "batch", sender="key:wms")
        await worker.submit_all([(LINE, "line")], sender="key:shop")
    finally:
        await worker.stop()
        application.close()

    recorded = senders(database_url)
    assert (recorded["batch"], recorded["line"]) == ("key:wms", "key:shop")


def test_the_daily_report_is_sent_by_the_service_and_by_a_command_on_demand(
    database_url: str,
) -> None:
    clock = VirtualClock()
    shop = bootstrap(Settings(database_url), clock=lambda: clock.now)
    tomorrow = clock.now.date() + timedelta(days=1)
    shop.handle_all([BatchCreated("s1", "LAMP", 1, tomorrow)], sender="user:ada")
    clock.go_on(seconds=2 * 86_400)
    assert sum(shop.overdue.report_once_a_day()) == 1
    shop.handle(BatchCreated("s2", "LAMP", 1, tomorrow), sender="user:ada")
    assert sum(shop.overdue.report("user:ada")) == 2  # the first is a repetition
    shop.close()

    recorded = senders(database_url)
    reports = [recorded[id] for id in recorded if id.startswith("overdue:")]
    assert reports == [SERVICE, "user:ada"]


def test_an_operator_is_recorded_with_what_is_done_to_a_dead_letter(
    harness: StockHarness, database: Database, database_url: str
) -> None:
    sent(harness, "key:shop", BatchCreated("b1", "LAMP", 1), LINE, ids=["batch", "line"])
    harness.tamper("UPDATE messages SET status = 'dead', error = 'down' WHERE status = 'outgoing'")
    [first] = LogViews(database).dead_letters()
    assert first.sender == "key:shop"

    harness.dead_letters.replay(first.id, "again", sender="user:ada")
    harness.tamper("UPDATE messages SET status = 'dead' WHERE status = 'outgoing'")
    assert sum(harness.dead_letters.replay_all(sender="user:bob")) == 1
    harness.tamper("UPDATE messages SET status = 'dead' WHERE status = 'outgoing'")
    harness.dead_letters.discard(first.id, "gone", sender="key:admin")

    facts = [row for row in read_ledger(database_url).messages if "DeadLetter" in row["type"]]
    assert [fact["sender"] for fact in facts] == ["user:ada", "user:bob", "key:admin"]


def test_a_message_of_an_earlier_version_is_shown_without_a_sender(
    harness: StockHarness, database: Database
) -> None:
    sent(harness, None, BATCH, ids=["batch"])

    chain = LogViews(database).chains.around("batch")

    assert chain is not None
    assert chain.message.sender is None
