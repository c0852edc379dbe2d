"""Lines that miss their required day move first, also if they are more than a portion."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchEtaChanged,
    DelayContinued,
)
from allocation.domain.portions import PORTION
from allocation.messaging.ports import Store
from tests.support.builders import SKU, TODAY
from tests.support.executors import Everybody
from tests.support.groups import accepted

SOON, LATER, LAST = (TODAY + timedelta(days=days) for days in (10, 20, 30))
PATIENT: Final = [f"patient-{n}" for n in range(10)]
URGENT: Final = [f"urgent-{n:03d}" for n in range(PORTION + 20)]


def test_urgent_lines_of_a_slipped_shipment_move_before_older_ones(
    store: Store, uow_factory: Callable[[], StandaloneUnitOfWork]
) -> None:
    uow = uow_factory()
    in_small_groups, in_large_groups, *_ = Everybody((store, store), uow).members
    in_large_groups(
        [
            BatchCreated("ship", SKU, len(PATIENT) + len(URGENT), SOON),
            *(AllocationRequired(orderid, SKU, 1) for orderid in PATIENT),
            *(AllocationRequired(orderid, SKU, 1, required_by=SOON) for orderid in URGENT),
            BatchCreated("other", SKU, len(URGENT) + 5, LATER),
        ]
    )
    in_small_groups([BatchEtaChanged("ship", LAST)])
    with uow:
        product = uow.products.get(SKU)
        assert product is not None
        left = [part.line.orderid for part in product.lines.oldest_on("ship")]
    assert left == PATIENT[5:]


def test_the_next_portion_begins_behind_the_last_one(store: Store) -> None:
    slip = [
        BatchCreated("ship", SKU, 2, SOON),
        AllocationRequired("first", SKU, 1, required_by=SOON),
        AllocationRequired("second", SKU, 1, required_by=SOON),
        BatchCreated("other", SKU, 2, LATER),
        BatchEtaChanged("ship", LAST),
    ]
    with store.begin() as transaction:
        transaction.prefetch(slip)
        for message in slip:  # without the follow-ups
            accepted(transaction, message)
        raised = accepted(transaction, DelayContinued("ship", after=1, noted=True))
    requests = [event for event in raised if isinstance(event, AllocationRequired)]
    assert [request.orderid for request in requests] == ["second"]
