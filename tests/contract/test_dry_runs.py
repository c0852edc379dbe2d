"""A dry run answers as the message would, and leaves nothing: on every store."""

from collections.abc import Sequence

import pytest

from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged, Event
from allocation.messaging.dry_runs import DryAnswer
from allocation.messaging.ports import Store
from allocation.messaging.processor import Processor
from allocation.messaging.status_facts import STATUS_FACTS
from allocation.service_layer.dry_replies import moves_in
from allocation.service_layer.messagebus import REGISTRY
from tests.support.clock import THE_END, Ids
from tests.support.groups import accepted, seen_in
from tests.support.processors import a_stock_processor
from tests.support.snapshots import Snapshot
from tests.support.storages import Storage

LINES = 260
"""More than two portions of a cascade, and more than a group."""

HISTORY: Sequence[Event] = (
    BatchCreated("b1", "CHAIR", 20),
    BatchCreated("b2", "CHAIR", 7),
    BatchCreated("big", "LAMP", LINES),
    BatchCreated("other", "LAMP", LINES // 2),
    *(AllocationRequired(f"o{n}", "CHAIR", 5) for n in range(6)),
    *(AllocationRequired(f"o{n}", "LAMP", 1) for n in range(LINES)),
)

MESSAGES: dict[str, Event] = {
    "a new line is allocated": AllocationRequired("new", "CHAIR", 2),
    "a new line waits": AllocationRequired("new", "CHAIR", 3),
    "a repeated line": AllocationRequired("o1", "CHAIR", 5),
    "a new batch": BatchCreated("b3", "CHAIR", 5),
    "a new product": BatchCreated("b3", "TABLE", 5),
    "a batch that shrinks": BatchQuantityChanged("b1", 9, "leak"),
    "a batch that grows": BatchQuantityChanged("b1", 30),
    "a long cascade": BatchQuantityChanged("big", 1),
    "an unknown sku": AllocationRequired("new", "NONE", 2),
    "an unknown batch": BatchQuantityChanged("none", 2),
    "another quantity": AllocationRequired("o1", "CHAIR", 6),
}


@pytest.fixture
def ids() -> Ids:
    return Ids()


@pytest.fixture
def store(storage: Storage) -> Store:
    return storage.store()


@pytest.fixture
def processor(store: Store, ids: Ids) -> Processor:
    processor = a_stock_processor(store, ids=ids)
    assert not any(a.error for a in processor.process(processor.envelopes(HISTORY)))
    return processor


def dry_run(processor: Processor, *messages: Event) -> list[DryAnswer]:
    return processor.dry_run(processor.envelopes(messages))


def recorded_facts(store: Store, chain: str, ids: Ids) -> list[object]:
    """The facts in the log that follow from a message; ids are numbered in the order of raising."""
    newest = int(ids().removeprefix("m"))
    with store.snapshot() as transaction:
        entries = transaction.find([f"m{n}" for n in range(newest)])
    kinds = REGISTRY.recorded - {*STATUS_FACTS}  # a dry run leaves nothing waiting in the log
    recorded = (e.envelope for e in entries.values() if type(e.envelope.message) in kinds)
    return [envelope.message for envelope in recorded if envelope.correlation_id == chain]


def products(store: Store) -> list[Snapshot | None]:
    with store.begin() as transaction:
        return [seen_in(transaction, sku) for sku in ("CHAIR", "LAMP", "TABLE")]


def mails(store: Store) -> int:
    with store.begin() as transaction:
        return len(transaction.outgoing(100, THE_END))


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES.keys())
def test_it_answers_as_the_message_does_afterwards(
    processor: Processor, store: Store, ids: Ids, message: Event
) -> None:
    [dry] = dry_run(processor, message)
    [real] = processor.process(processor.envelopes([message]))

    assert dry.answer is not None
    assert dry.answer.results == real.results
    assert (type(dry.answer.error), str(dry.answer.error)) == (type(real.error), str(real.error))
    assert dry.answer.changed == real.changed
    facts = recorded_facts(store, real.id, ids)
    assert len(dry.facts) == len(facts)
    assert moves_in(dry.facts) == moves_in(facts)
    assert dry.complete


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES.keys())
def test_it_stores_nothing(processor: Processor, store: Store, message: Event) -> None:
    before, mails_before = products(store), mails(store)

    processor.dry_run([processor.envelope(message, "key")])

    assert products(store) == before
    assert mails(store) == mails_before
    with store.begin() as transaction:
        assert not transaction.find(["key"])
        assert not transaction.has_pending()


def test_each_message_sees_what_the_ones_before_it_would_have_done(
    processor: Processor, store: Store
) -> None:
    messages = (
        AllocationRequired("new", "TABLE", 3),
        BatchCreated("t1", "TABLE", 3),
        AllocationRequired("new", "TABLE", 3),
        BatchQuantityChanged("t1", 0),
        BatchCreated("t2", "TABLE", 3),
        AllocationRequired("new", "TABLE", 3),
    )
    refused, *others = dry_run(processor, *messages)

    assert refused.answer is not None
    assert refused.answer.error is not None
    answers = [dry.answer for dry in others if dry.answer is not None]
    assert [answer.result for answer in answers] == ["t1", "t1", ["new"], "t2", "t2"]
    assert products(store)[-1] is None


def test_products_that_were_used_before_and_after_are_as_if_there_had_been_none(
    processor: Processor,
) -> None:
    """The products are in the cache of the store, and must not come out of it changed."""
    for _ in range(2):
        dry_run(processor, BatchQuantityChanged("b1", 0), BatchQuantityChanged("b2", 0))
        [answer] = processor.process(processor.envelopes([AllocationRequired("new", "CHAIR", 2)]))
        assert answer.result == "b2"


def test_it_waits_for_no_lock_and_holds_none(storage: Storage, processor: Processor) -> None:
    """What another transaction has not committed is neither seen nor waited for."""
    with storage.store().begin() as transaction:
        accepted(transaction, AllocationRequired("uncommitted", "CHAIR", 2))
        [dry] = dry_run(processor, AllocationRequired("new", "CHAIR", 2))
        assert dry.answer is not None
        assert dry.answer.result == "b2"


def test_a_message_is_handled_while_a_snapshot_is_open(
    storage: Storage, processor: Processor
) -> None:
    with storage.store().snapshot() as snapshot:
        before = seen_in(snapshot, "CHAIR")
        [answer] = processor.process(processor.envelopes([AllocationRequired("new", "CHAIR", 2)]))
        assert answer.result == "b2"
        snapshot.prefetch([AllocationRequired("new", "CHAIR", 2)])
        assert seen_in(snapshot, "CHAIR") == before


def test_it_comes_after_follow_ups_that_are_pending(
    storage: Storage, processor: Processor, ids: Ids
) -> None:
    """A batch that is new has room for a line that waits, which has not been served yet."""
    small = a_stock_processor(storage.store(), max_group_size=1, ids=ids)
    small.process_group([small.envelope(BatchCreated("b3", "CHAIR", 6), "key")], backlog=False)
    line = processor.envelope(AllocationRequired("new", "CHAIR", 3))
    assert processor.dry_runs.attempt([line]) is None
    other = processor.envelope(AllocationRequired("new", "LAMP", 1))
    assert processor.dry_runs.attempt([other]) is not None

    [dry] = processor.dry_run([line])

    assert dry.answer is not None
    assert dry.answer.result is None, "the line that waits for five comes first"
    assert processor.dry_runs.attempt([line]) is not None
