"""`allocation flow`: the messages of the application, and what they lead to."""

from typing import Annotated

import typer
from rich.table import Table

from allocation.bootstrap import REGISTRY, Flow, MessageNode
from allocation.entrypoints.cli.console import out
from allocation.entrypoints.cli.mermaid import TITLES, mermaid
from allocation.entrypoints.cli.plain_table import table_of
from allocation.entrypoints.cli.raw_output import JsonOption, write_json, write_raw


def flow(
    as_mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Print a diagram in Mermaid's language.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the flow of messages: their types, handlers, and what the handlers raise."""
    if as_mermaid and as_json:
        raise typer.BadParameter("choose one of --json and --mermaid")
    graph = Flow.of(REGISTRY)
    if as_json:
        write_json(graph)
    elif as_mermaid:
        write_raw(mermaid(graph).encode())
    else:
        for kind, title in TITLES.items():
            out.print(f"{title}:")
            out.print(_table([node for node in graph.messages if node.kind is kind]))


def _table(nodes: list[MessageNode]) -> Table:
    columns = {
        "message": [node.name for node in nodes],
        "handlers": [", ".join(node.handlers) for node in nodes],
        "leads to": [_targets(node) for node in nodes],
    }
    return table_of(columns, "handlers", "leads to")


def _targets(node: MessageNode) -> str:
    notified = [] if node.audience is None else [f"a digest for {node.audience}"]
    return ", ".join([*node.raises, *notified, *node.destinations])
