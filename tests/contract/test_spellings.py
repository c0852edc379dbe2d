"""Products whose skus differ in case only; SQLite and PostgreSQL find the same."""

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import products
from allocation.views.spellings import AT_ONCE, SpellingViews
from tests.support.crowded_database import fill, grow, product
from tests.support.plans import bad_plans, indexes
from tests.support.spies import overheard

SKUS = ("LAMP", "lamp", "STUHL-Ü40", "tür", "GRÖSSE", "Straße", "Mixed-ÄÖ")


@pytest.fixture
def views(database: Database) -> SpellingViews:
    fill(database, {products: [product(sku, 0) for sku in SKUS]})
    return SpellingViews(database)


@pytest.mark.parametrize(
    ("sku", "similar"),
    [
        ("LAMP", ["LAMP", "lamp"]),
        ("Lamp", ["LAMP", "lamp"]),
        ("stuhl-ü40", ["STUHL-Ü40"]),
        ("Stuhl-Ü40", ["STUHL-Ü40"]),
        ("TÜR", ["tür"]),
        ("Tür", ["tür"]),
        ("größe", ["GRÖSSE"]),
        ("strasse", []),
        ("STRAßE", ["Straße"]),
        ("mixed-ÄÖ", ["Mixed-ÄÖ"]),
        ("LAMP ", []),
        ("SOFA", []),
        ("%", []),
    ],
)
def test_a_sku_is_compared_without_its_case(
    views: SpellingViews, sku: str, similar: list[str]
) -> None:
    assert views.like([sku]) == ({sku: similar} if similar else {})


def test_many_skus_are_looked_up_at_once(views: SpellingViews) -> None:
    asked = [f"no-{number}" for number in range(2 * AT_ONCE)] + ["LAMP", "Tür"]
    assert views.like(asked) == {"LAMP": ["LAMP", "lamp"], "Tür": ["tür"]}
    assert views.like([]) == {}


def test_products_are_found_by_the_index(database: Database) -> None:
    grow(database)
    with overheard(database) as traffic:
        assert len(SpellingViews(database).like([f"sku-{n}" for n in range(20)])) == 20
    assert bad_plans(database, traffic, {}) == {}
    used = {name for asked in traffic.statements for name in indexes(database, *asked)}
    assert used == {"ix_products_folded_sku"}
