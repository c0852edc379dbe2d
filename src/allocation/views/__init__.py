"""Reads, straight from the tables: they ask no aggregate, and change nothing."""

from allocation.domain.moves import Move
from allocation.views.log import DeadLetterView, LogViews, UnfinishedView
from allocation.views.stock import LISTED, BatchView, LineView, ProductView, Views

__all__ = [
    "LISTED",
    "BatchView",
    "DeadLetterView",
    "LineView",
    "LogViews",
    "Move",
    "ProductView",
    "UnfinishedView",
    "Views",
]
