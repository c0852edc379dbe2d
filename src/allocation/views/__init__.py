"""Reads, straight from the tables: they ask no aggregate, and change nothing."""

from allocation.views.log import DeadLetterView, LogViews, UnfinishedView
from allocation.views.stock import LISTED, BatchView, LineView, MoveView, ProductView, Views

__all__ = [
    "LISTED",
    "BatchView",
    "DeadLetterView",
    "LineView",
    "LogViews",
    "MoveView",
    "ProductView",
    "UnfinishedView",
    "Views",
]
