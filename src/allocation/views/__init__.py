"""Read models: queries on the tables, without loading aggregates."""

from allocation.domain.moves import Move, MoveCounts, MovePage, MoveSummary
from allocation.views.availability import Availability
from allocation.views.batches import BatchView
from allocation.views.chains import ChainView, ChainViews, Missing
from allocation.views.facts import FactNames
from allocation.views.listed import LISTED
from allocation.views.log import DeadLetterView, LogViews, UnfinishedView
from allocation.views.messages import MessageView
from allocation.views.stock import LineView, ProductPage, ProductView, Views

__all__ = [
    "LISTED",
    "Availability",
    "BatchView",
    "ChainView",
    "ChainViews",
    "DeadLetterView",
    "FactNames",
    "LineView",
    "LogViews",
    "MessageView",
    "Missing",
    "Move",
    "MoveCounts",
    "MovePage",
    "MoveSummary",
    "ProductPage",
    "ProductView",
    "UnfinishedView",
    "Views",
]
