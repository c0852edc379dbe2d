"""`GET /board/orders`: orders, and the lines that wait, are late, or can leave."""

from typing import Any, Final, NamedTuple

from litestar import Request, Response, get
from litestar.datastructures import State

from allocation.entrypoints.board.addresses import ROOT
from allocation.entrypoints.board.list_pages import filters_in, list_named, listed
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond
from allocation.errors import InvalidValue
from allocation.views import Listing


class _View(NamedTuple):
    """A list that the page can show; `choice` is the value of `show` in its address."""

    choice: str
    label: str
    listing: Listing[Any]


VIEWS: Final = (
    _View("", "All orders", list_named("orders")),
    _View("waiting", "Waiting", list_named("backorders")),
    _View("late", "Late", list_named("late")),
    _View("unshipped", "To ship", list_named("unshipped")),
)
"""The first one is shown by default."""


class Tab(NamedTuple):
    """A link to a list of the page; `address` has the filters that both lists have."""

    label: str
    address: str
    unfiltered: str
    is_current: bool


@get(f"{ROOT}/orders", **page_options())
async def orders(request: Request[Any, Any, State]) -> Response[bytes]:
    """The list of orders, or one of order lines."""
    return await respond(request, _page)


def _page(asked: PageRequest) -> Page:
    view = _chosen(asked.query.get("show", ""))
    context = {
        "title": "Orders",
        "section": "Orders",
        "show": view.choice,
        "tabs": [_tab(asked, each, view) for each in VIEWS],
        **listed(asked, view.listing),
    }
    return Page("orders.html", context)


def _chosen(choice: str) -> _View:
    """The list that is asked for.

    Raises:
        InvalidValue: there is no such list.
    """
    for view in VIEWS:
        if view.choice == choice:
            return view
    choices = ", ".join(view.choice for view in VIEWS if view.choice)
    raise InvalidValue("show", choice, f"is not one of {choices}")


def _tab(asked: PageRequest, view: _View, current: _View) -> Tab:
    show = {"after": None, "sort": None, "show": view.choice or None}
    names, filters = {each.name for each in view.listing.filters}, dict.fromkeys(filters_in(asked))
    others = {name: None for name in filters if name not in names}
    return Tab(
        view.label,
        asked.address_with(**show, **others),
        asked.address_with(**show, **filters),
        view is current,
    )
