"""The rule and the handler of docs/adding-a-message.md for a batch with another reference."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from allocation.bootstrap import Application, bootstrap
from allocation.config import Settings
from allocation.domain import batch, errors, events, order_line, product
from allocation.domain.errors import BatchConflict
from allocation.domain.events import BatchCreated, BatchQuantityChanged
from allocation.messaging.registry import MessageType, Registry
from allocation.service_layer.messagebus import REGISTRY
from allocation.service_layer.needs import Needs
from allocation.service_layer.supply_handlers import product_of_batch
from tests.support.builders import SKU, a_batch_created, an_allocation

PAGE: Final = (Path(__file__).parents[2] / "docs/adding-a-message.md").read_text()


@dataclass(frozen=True, slots=True)
class Renamed(events.Event):
    """The page's `BatchRenamed`, of which a contributor's copy may have one, too."""

    ref: str
    new_ref: str


def code_of(first_line: str) -> Any:
    """The function `rename_batch` of the page that begins with this line."""
    [code] = re.findall(rf"```python\n({re.escape(first_line)}.*?)```", PAGE, re.DOTALL)
    names = {**vars(errors), **vars(events), **vars(batch), **vars(order_line)}
    names |= {"events": SimpleNamespace(BatchRenamed=Renamed), "AbstractUnitOfWork": object}
    names |= {"product_of_batch": product_of_batch}
    exec(code, names)
    return names["rename_batch"]


WITH_RENAMED: Final = Registry(
    *REGISTRY.entries,
    MessageType(
        Renamed,
        "Renamed",
        keys=lambda m: (("batch", m.ref), ("batch", m.new_ref)),
        handlers=(code_of("def rename_batch(event"),),
        needs=lambda m: Needs(refs=(m.ref, m.new_ref)),
    ),
)


@pytest.fixture
def shop(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    rule = code_of("def rename_batch(self")
    monkeypatch.setattr(product.Product, "rename_batch", rule, raising=False)
    with closing(bootstrap(Settings(database_url), registry=WITH_RENAMED)) as shop:
        shop.handle_all([a_batch_created("b1", 10), a_batch_created("other", 1, sku="LAMP")])
        shop.handle_all([an_allocation("o1", 3), an_allocation("o2", 4), an_allocation("o3", 9)])
        yield shop


def batches_of(shop: Application) -> dict[str, tuple[int, int]]:
    page = shop.views.product(SKU)
    assert page is not None
    batches = page.product.batches
    return {b.batchref: (b.purchased_quantity, b.allocated_quantity) for b in batches}


def test_the_new_batch_has_the_units_and_the_lines_and_the_log_explains_it(
    shop: Application,
) -> None:
    answers = shop.handle_all(
        [Renamed("b1", "b2"), BatchQuantityChanged("b2", 5), Renamed("b2", "b3")]
    )

    assert [answer.error for answer in answers] == [None, None, None]
    assert batches_of(shop) == {"b1": (0, 0), "b2": (0, 0), "b3": (5, 3)}
    assert [shop.views.order(order)[0].batchref for order in ("o1", "o2", "o3")] == [
        *("b3", None, None)
    ]
    assert shop.audit.run() == (4, [])


@pytest.mark.parametrize("taken", ["b1", "other"])
def test_a_reference_that_a_batch_has_is_refused_and_nothing_changes(
    shop: Application, taken: str
) -> None:
    before = batches_of(shop)

    [answer] = shop.handle_all([Renamed("b1", taken)])

    assert isinstance(answer.error, BatchConflict)
    assert (batches_of(shop), shop.audit.run()) == (before, (2, []))


def test_the_old_reference_stays_taken(shop: Application) -> None:
    shop.handle(Renamed("b1", "b2"))

    answer = shop.handle(BatchCreated("b1", SKU, 11))

    assert isinstance(answer.error, BatchConflict)
