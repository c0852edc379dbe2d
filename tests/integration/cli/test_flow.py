"""`allocation flow`: the messages of the application, and what they lead to."""

import json

from allocation.bootstrap import REGISTRY
from tests.integration.cli.conftest import Run


def test_flow_shows_every_message_with_its_handler(run: Run) -> None:
    ended = run("flow")

    assert (ended.returncode, ended.stderr) == (0, "")
    [line] = [each for each in ended.stdout.splitlines() if each.startswith("OrderCancelled ")]
    assert line.split() == ["OrderCancelled", "cancel_order", "OrderLineCancelled"]
    assert all(f"\n{entry.name} " in ended.stdout for entry in REGISTRY.entries)


def test_flow_has_the_graph_as_json(run: Run) -> None:
    graph = json.loads(run("flow", "--json").stdout)

    assert [each["name"] for each in graph["messages"]] == [e.name for e in REGISTRY.entries]
    edge = {"source": "Digest", "target": "mail", "relation": "delivered to", "label": ""}
    assert edge in graph["edges"]


def test_the_diagram_draws_nodes_arrows_and_destinations(run: Run) -> None:
    lines = [line.strip() for line in run("flow", "--mermaid").stdout.splitlines()]

    assert lines[0] == "flowchart LR"
    assert 'OrderCancelled["OrderCancelled<br/>cancel_order()"]' in lines
    assert "OrderCancelled --> OrderLineCancelled" in lines
    assert "PromiseLost -.->|sales| Digest" in lines
    assert "Digest ==> to_mail" in lines


def test_flow_prints_one_format_only(run: Run) -> None:
    ended = run("flow", "--json", "--mermaid")

    assert ended.returncode == 2
    assert "choose one of --json and --mermaid" in ended.stderr
