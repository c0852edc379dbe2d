"""The book's tests of a batch, under their names."""

from tests.support.builders import TODAY, a_batch, a_line


def test_allocating_to_a_batch_reduces_the_available_quantity() -> None:
    batch = a_batch(qty=30, eta=TODAY)
    batch.allocate(a_line(qty=4))
    assert batch.available_quantity == 26


def test_can_allocate_if_available_greater_than_required() -> None:
    assert a_batch(qty=30).can_allocate(a_line(qty=4))


def test_cannot_allocate_if_available_smaller_than_required() -> None:
    assert a_batch(qty=4).can_allocate(a_line(qty=30)) is False


def test_can_allocate_if_available_equal_to_required() -> None:
    assert a_batch(qty=4).can_allocate(a_line(qty=4))


def test_cannot_allocate_if_skus_do_not_match() -> None:
    assert a_batch(sku="TALL-VASE").can_allocate(a_line(sku="TALL-GLASS")) is False


def test_allocation_is_idempotent() -> None:
    batch, line = a_batch(qty=30), a_line(qty=4)
    batch.allocate(line)
    batch.allocate(line)
    assert batch.available_quantity == 26
