"""Reads, straight from the tables: they ask no aggregate, and change nothing."""

from allocation.views.batches import LISTED, BatchView, UnknownCursor
from allocation.views.log import DeadLetterView, LogViews, UnfinishedView
from allocation.views.stock import LineView, MoveView, ProductPage, ProductView, Views

__all__ = [
    "LISTED",
    "BatchView",
    "DeadLetterView",
    "LineView",
    "LogViews",
    "MoveView",
    "ProductPage",
    "ProductView",
    "UnfinishedView",
    "UnknownCursor",
    "Views",
]
