"""`GET /board/flow`: the types of messages, what handles them, and what they have led to lately."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from litestar import Request, Response, get
from litestar.datastructures import State

from allocation.bootstrap import Flow, MessageNode
from allocation.entrypoints.board.addresses import ROOT
from allocation.entrypoints.board.flow_diagram import (
    COLUMN,
    TITLES,
    WIDTH,
    count_of,
    flow_diagram,
)
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond
from allocation.views import MessageCounts

PLACE: Final = f"{ROOT}/flow"


class FlowRow(NamedTuple):
    """A message type in the table: `leads_to` has what it leads to, each with its count."""

    node: MessageNode
    count: int
    leads_to: list[tuple[str, int]]


@get(PLACE, **page_options())
async def flow(request: Request[Any, Any, State]) -> Response[bytes]:
    """The page of the flow of messages."""
    return await respond(request, _page)


def _page(asked: PageRequest) -> Page:
    graph = Flow.of(asked.application.registry)
    counts = asked.application.log_views.counts.latest()
    context = {
        "title": "Flow of messages",
        "section": "Flow",
        "diagram": flow_diagram(graph, counts),
        "rows": list(_rows(graph, counts)),
        "titles": [(title, index * COLUMN) for index, title in enumerate(TITLES)],
        "box_width": WIDTH,
        "total": counts.pairs.total(),
        "since": counts.since,
    }
    return Page("flow.html", context)


def _rows(graph: Flow, counts: MessageCounts) -> Iterator[FlowRow]:
    for node in graph.messages:
        edges = [edge for edge in graph.edges if edge.source == node.name]
        leads_to = [(edge.target, count_of(edge, counts)) for edge in edges]
        yield FlowRow(node, counts.of_type(node.name), leads_to)
