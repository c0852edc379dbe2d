"""A copied product changes as the original would, and neither changes the other."""

from collections.abc import Callable
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from allocation.domain.errors import Refusal
from allocation.domain.model import Batch, OrderLine, Product
from allocation.domain.stored_lines import NothingStored
from tests.support.builders import LATER, SKU, TODAY, TOMORROW, a_batch

REFS = [f"b{number:02}" for number in range(40)]
"""More than fit into one node of the sorted rooms."""

Change = Callable[[Product], object]


class NoOtherBatches:
    """Stored batches: none but those at hand."""

    def find(self, reference: str) -> Batch | None:
        return None

    def all(self) -> list[Batch]:
        return []

    def has_shipments(self) -> bool:
        return True


def a_stored_product() -> Product:
    """A product with many batches, on three days, as it is in the cache."""
    etas = [None, TOMORROW, LATER]
    batches = [a_batch(ref, 5 + n % 7, etas[n % 3]) for n, ref in enumerate(REFS)]
    product = Product(SKU, batches)
    product.batches.read_from(NoOtherBatches())
    product.today = TODAY
    product.take_changes()
    return product


def a_copy(product: Product) -> Product:
    return product.copy(NothingStored(), NoOtherBatches())


def allocating(number: int, qty: int, *, split: bool) -> Change:
    line = OrderLine(f"o{number}", SKU, qty, split=split)
    return lambda product: product.allocate(line)


def adding(number: int) -> Change:
    return lambda product: product.add_batch(a_batch(f"new{number}", 3))


def changing(method: str, ref: str, *values: int | date | None) -> Change:
    return lambda product: getattr(product, method)(ref, *values)


def on_day(day: date) -> Change:
    return lambda product: setattr(product, "today", day)


refs = st.sampled_from(REFS)
CHANGES = st.one_of(
    st.builds(allocating, st.integers(0, 20), st.integers(1, 30), split=st.booleans()),
    st.builds(adding, st.integers(0, 3)),
    st.builds(on_day, st.sampled_from([TODAY, LATER])),
    st.builds(changing, st.just("change_batch_quantity"), refs, st.integers(0, 20)),
    st.builds(changing, st.just("change_batch_eta"), refs, st.sampled_from([None, TODAY, LATER])),
    st.builds(changing, st.sampled_from(["block_batch", "unblock_batch", "cancel_batch"]), refs),
)


def outcome(product: Product, changes: list[Change]) -> list[object]:
    """What the changes come to: refusals, messages, and the state afterwards."""
    refused: list[object] = []
    for each in changes:
        try:
            each(product)
        except Refusal as refusal:
            refused.append(str(refusal))
    rows = [
        (b.reference, b.eta, b.blocked, b.purchased_quantity, b.allocated_quantity)
        for b in product.batches
    ]
    placements = [(p.batch.reference, p.qty) for p in product.batches.place(1000, split=True)]
    changed = sorted(product.take_changes().batches)
    messages = [*product.events, *product.facts, *product.reviews]
    counted = product.version_number, product.lines.last_number, product.cascade.progress
    return [refused, rows, placements, changed, messages, counted, product.out_of_stock]


@given(st.lists(CHANGES, max_size=12), st.lists(CHANGES, max_size=12))
def test_a_copy_changes_as_the_original_would(first: list[Change], then: list[Change]) -> None:
    original = a_stored_product()
    assert outcome(a_copy(original), first) == outcome(a_stored_product(), first)
    assert outcome(original, then) == outcome(a_stored_product(), then)


@given(st.lists(CHANGES, max_size=6), st.lists(CHANGES, max_size=12), st.lists(CHANGES, max_size=6))
def test_a_separated_copy_does_not_see_what_becomes_of_the_original(
    before: list[Change], theirs: list[Change], after: list[Change]
) -> None:
    original = a_stored_product()
    copy, twin = a_copy(original), a_stored_product()
    assert outcome(copy, before) == outcome(twin, before)
    copy.batches.separate()
    outcome(original, theirs)
    assert outcome(copy, after) == outcome(twin, after)


def test_a_copy_takes_only_the_batches_that_it_needs() -> None:
    original = a_stored_product()
    copy = a_copy(original)
    assert copy.allocate(OrderLine("o1", SKU, 5)) == "b00"
    batch = original.batches.find("b00")
    assert batch is not None
    assert batch.allocated_quantity == 0
    assert copy.batches.loaded == original.batches.loaded
