"""Preconditions of incoming messages."""

from collections.abc import Callable, Mapping

from allocation.domain.errors import StaleVersion
from allocation.service_layer.unit_of_work import AbstractUnitOfWork


def unchanged_since(versions: Mapping[str, int]) -> Callable[[AbstractUnitOfWork], None]:
    """The precondition that products still have these versions, by sku.

    The version of a product that does not exist is 0. It raises `StaleVersion` if one has another.
    """

    def check(uow: AbstractUnitOfWork) -> None:
        with uow:
            for sku, expected in versions.items():
                product = uow.products.get(sku)
                version = 0 if product is None else product.version_number
                if version != expected:
                    raise StaleVersion(sku, expected, version)

    return check
