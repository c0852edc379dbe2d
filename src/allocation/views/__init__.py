"""Reads, straight from the tables: they ask no aggregate, and change nothing."""

from allocation.views.listed import LISTED
from allocation.views.log import DeadLetterView, LogViews, UnfinishedView
from allocation.views.moves import MoveCounts, MovesView, MoveView
from allocation.views.stock import BatchView, LineView, ProductView, Views

__all__ = [
    "LISTED",
    "BatchView",
    "DeadLetterView",
    "LineView",
    "LogViews",
    "MoveCounts",
    "MoveView",
    "MovesView",
    "ProductView",
    "UnfinishedView",
    "Views",
]
