"""The model under the chapter's import path; each class has its own module."""

from allocation.domain.batch import Batch
from allocation.domain.order_line import OrderLine
from allocation.domain.product import Product

__all__ = ["Batch", "OrderLine", "Product"]
