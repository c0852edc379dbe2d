"""A shop in memory, and what it has committed."""

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryUnitOfWork
from allocation.domain import events
from allocation.domain.model import Product
from tests.support.builders import SKU, batchref_of, given


def a_shop(*history: events.Event) -> Memory:
    """Where this has happened."""
    memory = Memory()
    given(MemoryUnitOfWork(memory), *history)
    return memory


def product_in(memory: Memory) -> Product:
    """As it was committed."""
    with MemoryUnitOfWork(memory) as uow:
        product = uow.products.get(SKU)
    assert product is not None
    return product


def batchrefs(memory: Memory, *orderids: str) -> list[str | None]:
    """Where these lines are promised from."""
    return [batchref_of(product_in(memory), orderid) for orderid in orderids]
