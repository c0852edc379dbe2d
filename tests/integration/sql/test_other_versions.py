"""Another version of the program has written what this one does not know: it leaves it alone."""

from typing import Any

import pytest
from sqlalchemy import insert

from allocation.adapters.sql.database import Database
from allocation.adapters.sql.schema import messages
from allocation.domain.events import AllocationRequired
from allocation.messaging.errors import IdReused, UnknownDeadLetter
from tests.support.builders import a_batch_created
from tests.support.clock import THE_END
from tests.support.stock_office import StockOffice


def write_by_hand(office: StockOffice, id: str, fate: str, kind: str, body: str) -> None:
    """As another version does, or somebody else."""
    now = office.clock.now
    row: dict[str, Any] = {"id": id, "type": kind, "body": body, "fate": fate, "attempts": 0}
    row |= {"correlation_id": id, "causation_id": "_", "at": now, "due": now, "sku": id}
    with office.database.writing() as connection:
        connection.execute(insert(messages).values(row))
        connection.commit()


@pytest.fixture
def office(database: Database) -> StockOffice:
    """Its log has a message of another version, of every fate in which something is to be done."""
    office = StockOffice(database)
    for fate in ("pending", "outgoing", "dead"):
        write_by_hand(office, fate, fate, "FromAnotherVersion", "{}")
    return office


def test_nothing_of_it_is_due(office: StockOffice) -> None:
    office.clock.go_on(seconds=1)
    assert not office.store.due(THE_END)
    office.processor.recover()
    office.carry_mails()
    assert list(office.dead_letters.replay_all()) == []
    assert {id: office.fates[id] for id in ("pending", "outgoing", "dead")} == {
        "pending": "pending",
        "outgoing": "outgoing",
        "dead": "dead",
    }


def test_what_this_one_knows_goes_on(office: StockOffice) -> None:
    office.begin(a_batch_created("b1", qty=1, sku="LAMP"), "batch")
    office.begin(AllocationRequired("o1", "LAMP", 5), "line")
    office.clock.go_on(seconds=1)
    office.processor.recover()
    assert office.fates["line"] == "handled"


def test_its_key_is_taken(office: StockOffice) -> None:
    answer = office.repeatable(AllocationRequired("o1", "LAMP", 5), "pending")
    assert isinstance(answer.error, IdReused)


def test_it_is_no_dead_letter_of_this_one(office: StockOffice) -> None:
    with pytest.raises(UnknownDeadLetter):
        office.dead_letters.replay("dead")


def test_what_is_of_another_shape_fails_and_stops_nothing(office: StockOffice) -> None:
    write_by_hand(office, "odd line", "pending", "AllocationRequired", '{"order":"o1"}')
    write_by_hand(office, "odd mail", "outgoing", "OutOfStock", '{"product":"LAMP"}')
    write_by_hand(office, "mail", "outgoing", "OutOfStock", '{"sku":"LAMP"}')
    office.processor.recover()
    for _ in ("one fails", "the other goes"):
        office.carry_mails()
    assert (office.fates["odd line"], office.fates["odd mail"]) == ("pending", "outgoing")
    assert office.fates["mail"] == "handled"
    attempts = office.rows("SELECT attempts FROM messages WHERE id LIKE 'odd %'")
    assert [count for (count,) in attempts] == [1, 1]
