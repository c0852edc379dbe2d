"""Messages with the sender's ids, sent together; what is recorded under an id can be looked up."""

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.domain.errors import UnknownBatch
from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    OrderCancelled,
    OrderShipped,
)
from tests.support.stock_harness import StockHarness


@pytest.fixture
def harness(database: Database) -> StockHarness:
    return StockHarness(database)


def test_what_was_handled_or_refused_is_recorded_under_its_id(harness: StockHarness) -> None:
    processor = harness.processor
    sent = [BatchCreated("b1", "LAMP", 5), BatchQuantityChanged("none", 5)]
    processor.process(processor.envelopes(sent, ids=["k1", "k2"]))

    answers = processor.recorded(["k1", "k2", "k3"])

    assert answers.keys() == {"k1", "k2"}
    assert (answers["k1"].result, answers["k1"].repeated) == ("b1", True)
    assert isinstance(answers["k2"].error, UnknownBatch)


def test_each_message_needs_an_id(harness: StockHarness) -> None:
    with pytest.raises(ValueError, match="zip"):
        harness.processor.envelopes([BatchCreated("b1", "LAMP", 5)], ids=[])


def test_a_message_whose_follow_ups_change_something_has_changed_something(
    harness: StockHarness,
) -> None:
    harness.handle(BatchCreated("b1", "LAMP", 5))
    harness.handle(*(AllocationRequired(orderid, "LAMP", 1) for orderid in ("o1", "o2")))

    answers = harness.handle(OrderShipped("o1"), OrderCancelled("o2"), OrderCancelled("o2"))

    assert [answer.changed for answer in answers] == [True, True, False]
