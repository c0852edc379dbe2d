"""`GET /board/flow`: the types of messages, what handles them, and what they have led to lately."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from allocation.bootstrap import Flow, MessageNode, Registry
from allocation.entrypoints.board.addresses import ROOT
from allocation.entrypoints.board.flow_diagram import (
    COLUMN,
    TITLES,
    count_of,
    flow_diagram,
)
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond
from allocation.views import MessageCounts

PLACE: Final = f"{ROOT}/flow"


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A message type in the table: `leads_to` has what it leads to, each with its count."""

    node: MessageNode
    count: int
    leads_to: list[tuple[str, int]]


def route(registry: Registry) -> HTTPRouteHandler:
    """The route of the page, which shows the flow of a registry."""
    graph = Flow.of(registry)

    @get(PLACE, **page_options())
    async def flow(request: Request[Any, Any, State]) -> Response[bytes]:
        return await respond(request, lambda asked: _page(asked, graph))

    return flow


def _page(asked: PageRequest, graph: Flow) -> Page:
    counts = asked.application.log_views.counts.latest()
    context = {
        "title": "Flow of messages",
        "section": "Flow",
        "diagram": flow_diagram(graph, counts),
        "rows": list(_rows(graph, counts)),
        "titles": [(title, index * COLUMN) for index, title in enumerate(TITLES)],
        "total": counts.pairs.total(),
        "since": counts.since,
    }
    return Page("flow.html", context)


def _rows(graph: Flow, counts: MessageCounts) -> Iterator[FlowRow]:
    for node in graph.messages:
        edges = [edge for edge in graph.edges if edge.source == node.name]
        leads_to = [(edge.target, count_of(edge, counts)) for edge in edges]
        yield FlowRow(node, counts.of_type(node.name), leads_to)
