"""Read models: queries on the tables, without loading aggregates."""

from allocation.domain.moves import Move
from allocation.views.batches import LISTED, BatchView
from allocation.views.log import DeadLetterView, LogViews, UnfinishedView
from allocation.views.stock import LineView, ProductPage, ProductView, Views

__all__ = [
    "LISTED",
    "BatchView",
    "DeadLetterView",
    "LineView",
    "LogViews",
    "Move",
    "ProductPage",
    "ProductView",
    "UnfinishedView",
    "Views",
]
