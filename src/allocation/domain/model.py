"""The model as the chapter imports it; each class is in a module of its own."""

from allocation.domain.batch import Batch
from allocation.domain.order_line import OrderLine
from allocation.domain.product import Product

__all__ = ["Batch", "OrderLine", "Product"]
