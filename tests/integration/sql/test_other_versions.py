"""Another version of the program has written what this one does not know: it leaves it alone."""

from typing import Any, Final

import pytest
from sqlalchemy import insert

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages
from allocation.domain.events import AllocationRequired
from allocation.messaging.errors import IdReused, UnknownDeadLetter
from tests.support.builders import a_batch_created
from tests.support.clock import THE_END
from tests.support.stock_harness import StockHarness


def write_by_hand(harness: StockHarness, id: str, status: str, kind: str, body: str) -> None:
    """As another version does, or somebody else."""
    now = harness.clock.now
    row: dict[str, Any] = {"id": id, "type": kind, "body": body, "status": status, "attempts": 0}
    row |= {"correlation_id": id, "causation_id": "_", "at": now, "due": now, "ordering_key": id}
    with harness.database.writing() as connection:
        connection.execute(insert(messages).values(row))
        connection.commit()


@pytest.fixture
def harness(database: Database) -> StockHarness:
    """Its log has a message of another version in every status that is unfinished."""
    harness = StockHarness(database)
    for status in ("pending", "outgoing", "dead"):
        write_by_hand(harness, status, status, "FromAnotherVersion", "{}")
    return harness


def test_a_message_of_another_version_is_not_due(harness: StockHarness) -> None:
    harness.clock.go_on(seconds=1)
    assert not harness.store.due(THE_END)
    harness.processor.recover()
    harness.carry_mails()
    assert list(harness.dead_letters.replay_all()) == []
    assert {id: harness.statuses[id] for id in ("pending", "outgoing", "dead")} == {
        "pending": "pending",
        "outgoing": "outgoing",
        "dead": "dead",
    }


def test_messages_of_this_version_go_on_beside_one_of_another(harness: StockHarness) -> None:
    harness.begin(a_batch_created("b1", qty=1, sku="LAMP"), "batch")
    harness.begin(AllocationRequired("o1", "LAMP", 5), "line")
    harness.clock.go_on(seconds=1)
    harness.processor.recover()
    assert harness.statuses["line"] == "handled"


def test_the_key_of_a_message_of_another_version_is_taken(harness: StockHarness) -> None:
    answer = harness.repeatable(AllocationRequired("o1", "LAMP", 5), "pending")
    assert isinstance(answer.error, IdReused)


def test_a_message_of_another_version_is_no_dead_letter(harness: StockHarness) -> None:
    with pytest.raises(UnknownDeadLetter):
        harness.dead_letters.replay("dead")


DIGEST: Final = '{"audience":"buyers","facts":[["c","f","f"]],"counts":{}}'


def test_a_message_of_another_shape_fails_and_stops_no_other(harness: StockHarness) -> None:
    write_by_hand(harness, "odd line", "pending", "AllocationRequired", '{"order":"o1"}')
    write_by_hand(harness, "odd mail", "outgoing", "Digest", '{"product":"LAMP"}')
    write_by_hand(harness, "mail", "outgoing", "Digest", DIGEST)
    harness.processor.recover()
    for _ in ("one fails", "the other goes"):
        harness.carry_mails()
    assert (harness.statuses["odd line"], harness.statuses["odd mail"]) == ("pending", "outgoing")
    assert harness.statuses["mail"] == "handled"
    attempts = harness.rows("SELECT attempts FROM messages WHERE id LIKE 'odd %'")
    assert [count for (count,) in attempts] == [1, 1]
