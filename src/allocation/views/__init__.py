"""Read models: queries on the tables, without loading aggregates."""

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
