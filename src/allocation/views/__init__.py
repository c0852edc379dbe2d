"""Read models: queries on the tables, without loading aggregates."""

from allocation.domain.moves import Move, MoveCounts, MovePage, MoveSummary
from allocation.domain.promises import ChangedPromise
from allocation.views.activity import Activity, Minute
from allocation.views.availability import Availability
from allocation.views.batches import BatchView
from allocation.views.chains import ChainView, ChainViews, Missing
from allocation.views.current_batches import CurrentBatch
from allocation.views.facts import FactNames
from allocation.views.failed_messages import ChosenLetters, FailureGroups, FailureKind
from allocation.views.feed import (
    PORTION,
    FeedMessage,
    FeedPortion,
    FeedProgress,
    FeedViews,
    LogIdentity,
)
from allocation.views.first_lines import PromisedUnits
from allocation.views.follow_ups import STATUS_FACTS
from allocation.views.histories import ALL_LINES, HistoryPage, LineFilter, PartView
from allocation.views.listed import COUNTED, LISTED
from allocation.views.lists import (
    LISTS,
    LOOKED_AT,
    MOST_DAYS,
    MOST_LISTED,
    Filter,
    Listing,
    ListViews,
    Page,
)
from allocation.views.lists.products import ProductSummary
from allocation.views.log import DeadLetterView, LogViews, UnfinishedView
from allocation.views.message_counts import MessageCounts
from allocation.views.messages import MessageView
from allocation.views.names import Named
from allocation.views.promised_lines import BatchDetails, PromisedLine, PromisedPage
from allocation.views.recent import MessageFilter, RecentPage
from allocation.views.shipments import ARRIVALS, Arrivals, LateShipment, Need
from allocation.views.shortages import Shortage, Shortages
from allocation.views.stock import LineView, ProductPage, ProductView, Views
from allocation.views.story import Cause, StoryEntry

__all__ = [
    "ALL_LINES",
    "ARRIVALS",
    "COUNTED",
    "LISTED",
    "LISTS",
    "LOOKED_AT",
    "MOST_DAYS",
    "MOST_LISTED",
    "PORTION",
    "STATUS_FACTS",
    "Activity",
    "Arrivals",
    "Availability",
    "BatchDetails",
    "BatchView",
    "Cause",
    "ChainView",
    "ChainViews",
    "ChangedPromise",
    "ChosenLetters",
    "CurrentBatch",
    "DeadLetterView",
    "FactNames",
    "FailureGroups",
    "FailureKind",
    "FeedMessage",
    "FeedPortion",
    "FeedProgress",
    "FeedViews",
    "Filter",
    "HistoryPage",
    "LateShipment",
    "LineFilter",
    "LineView",
    "ListViews",
    "Listing",
    "LogIdentity",
    "LogViews",
    "MessageCounts",
    "MessageFilter",
    "MessageView",
    "Minute",
    "Missing",
    "Move",
    "MoveCounts",
    "MovePage",
    "MoveSummary",
    "Named",
    "Need",
    "Page",
    "PartView",
    "ProductPage",
    "ProductSummary",
    "ProductView",
    "PromisedLine",
    "PromisedPage",
    "PromisedUnits",
    "RecentPage",
    "Shortage",
    "Shortages",
    "StoryEntry",
    "UnfinishedView",
    "Views",
]
