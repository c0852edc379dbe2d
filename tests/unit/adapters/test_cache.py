"""Products are kept between transactions as long as they are the same, and as there is room."""

import pytest

from allocation.adapters.sql.engine.data_version import DataVersion
from allocation.adapters.sql.stock.cache import ProductCache
from allocation.domain.model import Batch, Product
from allocation.domain.stored_lines import NothingStored
from tests.support.builders import a_batch, a_line

A_STATE = DataVersion("a connection", others=1, ours=0)


def a_product_of(sku: str, batches: int = 1) -> Product:
    return Product(sku, [a_batch(f"{sku}-{n}", sku=sku) for n in range(batches)], 7)


def cached(cache: ProductCache, *skus: str) -> list[bool]:
    """Which of these are in the cache."""
    return [cache.take(sku, 7) is not None for sku in skus]


def test_a_product_of_the_same_version_is_given_once() -> None:
    cache, product = ProductCache(), a_product_of("LAMP")
    cache.put([product])
    assert cache.take("LAMP", 7) is product
    assert cache.take("LAMP", 7) is None, "it is in use"


def test_a_product_changed_by_another_writer_is_dropped() -> None:
    cache = ProductCache()
    cache.put([a_product_of("LAMP")])
    assert cache.take("LAMP", 8) is None
    assert cache.take("LAMP", 7) is None


def test_a_version_is_not_read_while_there_is_no_other_writer() -> None:
    cache, product = ProductCache(), a_product_of("LAMP")
    cache.see(A_STATE)
    cache.committed()
    cache.put([product])
    cache.see(A_STATE._replace(ours=1))
    assert cache.take_current("LAMP") is product
    assert cache.take_current("LAMP") is None, "it is in use"
    assert cache.take_current("CHAIR") is None


@pytest.mark.parametrize(
    "seen",
    [[A_STATE._replace(ours=1, others=2), A_STATE._replace(ours=1)], [A_STATE._replace(ours=2)]],
    ids=["of others", "of ours that bypasses the cache"],
)
def test_after_another_write_the_version_decides(seen: list[DataVersion]) -> None:
    cache, product = ProductCache(), a_product_of("LAMP")
    cache.see(A_STATE)
    cache.committed()
    cache.put([product])
    for state in seen:
        cache.see(state)
    assert cache.take_current("LAMP") is None
    assert cache.take("LAMP", 7) is product


def test_a_state_that_is_not_known_is_never_the_same() -> None:
    cache = ProductCache()
    cache.see(None)
    cache.put([a_product_of("LAMP")])
    cache.see(None)
    assert cache.take_current("LAMP") is None


def test_the_product_used_longest_ago_is_evicted_first() -> None:
    cache = ProductCache(capacity=6)
    for sku in ("A", "B", "C"):
        cache.put([a_product_of(sku)])
    assert cached(cache, "A") == [True]
    cache.put([a_product_of("A")])
    cache.put([a_product_of("D")])
    assert cached(cache, *"ABCD") == [True, False, True, True]


def test_only_the_products_beyond_the_capacity_are_evicted() -> None:
    cache = ProductCache(capacity=4)
    cache.put([a_product_of(sku) for sku in "ABCD"])
    assert cached(cache, *"ABCD") == [False, False, True, True]


@pytest.mark.parametrize("exhausted", [False, True])
def test_batches_count_and_those_that_are_exhausted_are_not_held(exhausted: bool) -> None:
    cache = ProductCache(capacity=6)
    large = a_product_of("LARGE", batches=3)
    for batch in large.batches if exhausted else ():
        batch.allocate(a_line(f"of-{batch.reference}", 100, sku="LARGE"))
    cache.put([a_product_of("A"), a_product_of("B"), large])
    assert cached(cache, "A", "B", "LARGE") == [exhausted, True, True]


def test_a_product_taken_out_makes_room() -> None:
    cache = ProductCache(capacity=4)
    for _ in range(5):
        cache.put([a_product_of("A")])
        assert cached(cache, "A") == [True]
    cache.put([a_product_of("B"), a_product_of("C")])
    assert cached(cache, "B") == [True]


def test_no_lines_are_kept() -> None:
    cache, product = ProductCache(), a_product_of("LAMP")
    product.allocate(a_line("o1", sku="LAMP"))
    version = product.version_number
    cache.put([product])
    taken = cache.take("LAMP", version)
    assert taken is not None
    assert taken.lines.find("o1") == ()
    assert taken.lines.last_number == 1


def test_a_copy_leaves_the_product_in_the_cache_as_it_was() -> None:
    cache, product = ProductCache(), a_product_of("LAMP")
    cache.put([product])
    with cache.copying() as copies:
        assert copies.copy("LAMP", 8, NothingStored(), NoBatches()) is None
        assert copies.copy("CHAIR", 7, NothingStored(), NoBatches()) is None
        copied = copies.copy("LAMP", 7, NothingStored(), NoBatches())
        assert copied is not None
        copied.allocate(a_line("o1", 100, sku="LAMP"))
    assert cache.take("LAMP", 7) is product
    assert product.allocate(a_line("o2", 100, sku="LAMP")) == "LAMP-0"


def test_a_product_that_is_taken_changes_no_copy() -> None:
    cache, product = ProductCache(), a_product_of("LAMP")
    cache.put([product])
    with cache.copying() as copies:
        copied = copies.copy("LAMP", 7, NothingStored(), NoBatches())
        assert copied is not None
        assert cache.take("LAMP", 7) is product
        product.allocate(a_line("o1", 100, sku="LAMP"))
        assert copied.allocate(a_line("o2", 100, sku="LAMP")) == "LAMP-0"
        assert copies.copy("LAMP", 7, NothingStored(), NoBatches()) is None, "it is in use"


class NoBatches:
    """Stored batches: none."""

    def find(self, reference: str) -> Batch | None:
        return None

    def all(self) -> list[Batch]:
        return []

    def has_shipments(self) -> bool:
        return False
