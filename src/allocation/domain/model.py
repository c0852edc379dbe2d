"""The chapter's door to the model: its three nouns, each in a file of its own."""

from allocation.domain.batch import Batch
from allocation.domain.order_line import OrderLine
from allocation.domain.product import Product

__all__ = ["Batch", "OrderLine", "Product"]
