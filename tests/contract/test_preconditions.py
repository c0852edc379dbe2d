"""A message with a precondition is handled only while its products are as its sender saw them."""

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.bootstrap.operations import views_of
from allocation.domain.errors import StaleVersion
from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    Event,
    OrderCancelled,
)
from allocation.messaging.log import Answer
from allocation.service_layer.messagebus import REGISTRY
from allocation.service_layer.preconditions import unchanged_since
from allocation.views import Views
from tests.support.stock_harness import StockHarness


@pytest.fixture
def harness(database: Database) -> StockHarness:
    return StockHarness(database)


def views(harness: StockHarness) -> Views:
    return views_of(harness.database, REGISTRY)


def quantity(harness: StockHarness) -> int:
    [(quantity,)] = harness.rows("SELECT purchased_quantity FROM batches")
    return int(quantity)


def versions(harness: StockHarness, *skus: str) -> dict[str, int]:
    return views(harness).versions.of(skus)


def send(harness: StockHarness, event: Event, expected: dict[str, int] | None = None) -> Answer:
    precondition = None if expected is None else unchanged_since(expected)
    envelope = harness.processor.envelope(event, precondition=precondition)
    return harness.processor.process([envelope])[0]


def test_a_message_is_handled_if_its_product_is_unchanged(harness: StockHarness) -> None:
    send(harness, BatchCreated("b1", "LAMP", 10))

    answer = send(harness, BatchQuantityChanged("b1", 4), versions(harness, "LAMP"))

    assert answer.error is None
    assert quantity(harness) == 4


def test_a_message_is_refused_and_changes_nothing_if_its_product_has_changed(
    harness: StockHarness,
) -> None:
    send(harness, BatchCreated("b1", "LAMP", 10))
    before = versions(harness, "LAMP")
    send(harness, AllocationRequired("o1", "LAMP", 1))

    answer = send(harness, BatchQuantityChanged("b1", 4), before)

    assert isinstance(answer.error, StaleVersion)
    assert (answer.error.sku, answer.error.expected) == ("LAMP", before["LAMP"])
    assert quantity(harness) == 10


def test_the_messages_of_one_group_see_each_others_changes(harness: StockHarness) -> None:
    send(harness, BatchCreated("b1", "LAMP", 10))
    unchanged = unchanged_since(versions(harness, "LAMP"))
    first, second = (
        harness.processor.envelope(BatchQuantityChanged("b1", qty), precondition=unchanged)
        for qty in (5, 4)
    )

    errors = [answer.error for answer in harness.processor.process([first, second])]

    assert errors[0] is None
    assert isinstance(errors[1], StaleVersion)


def test_a_product_that_does_not_exist_has_the_version_0(harness: StockHarness) -> None:
    assert versions(harness, "LAMP") == {"LAMP": 0}
    assert send(harness, BatchCreated("b1", "LAMP", 1), {"LAMP": 0}).error is None
    assert isinstance(send(harness, BatchCreated("b2", "LAMP", 1), {"LAMP": 0}).error, StaleVersion)


def test_a_message_about_an_order_concerns_the_products_of_all_of_its_lines(
    harness: StockHarness,
) -> None:
    for sku in ("LAMP", "SOFA", "RUG"):
        send(harness, BatchCreated(f"batch-{sku}", sku, 10))
    for sku in ("LAMP", "SOFA"):
        send(harness, AllocationRequired("o1", sku, 1))
    seen = views(harness).versions.of((), orders=["o1"])
    assert seen.keys() == {"LAMP", "SOFA"}
    send(harness, AllocationRequired("o2", "SOFA", 1))

    assert isinstance(send(harness, OrderCancelled("o1"), seen).error, StaleVersion)


def test_versions_are_found_by_batches(harness: StockHarness) -> None:
    send(harness, BatchCreated("b1", "LAMP", 10))

    assert views(harness).versions.of((), ["b1", "unknown"]) == versions(harness, "LAMP")


def test_a_refused_precondition_leaves_no_trace_and_its_id_can_be_used_again(
    harness: StockHarness,
) -> None:
    send(harness, BatchCreated("b1", "LAMP", 10))
    log = harness.log
    event = BatchQuantityChanged("b1", 4)
    for expected, kind in (({"LAMP": 99}, StaleVersion), (versions(harness, "LAMP"), type(None))):
        precondition = unchanged_since(expected)
        envelope = harness.processor.envelope(event, "key", precondition=precondition)
        [answer] = harness.processor.process([envelope])

        assert isinstance(answer.error, kind)
        assert (harness.log == log) is (kind is StaleVersion)


def test_a_message_that_was_handled_is_answered_again_whatever_its_precondition(
    harness: StockHarness,
) -> None:
    send(harness, BatchCreated("b1", "LAMP", 10))
    unchanged = unchanged_since(versions(harness, "LAMP"))
    for repeated in (False, True):
        envelope = harness.processor.envelope(
            BatchQuantityChanged("b1", 4), "key", precondition=unchanged
        )
        [answer] = harness.processor.process([envelope])

        assert (answer.error, answer.repeated) == (None, repeated)
