"""`make messages`: writes docs/flow.md, a diagram of all messages, from the registry."""

from pathlib import Path
from typing import Final

from allocation.bootstrap import REGISTRY, Flow, Registry
from allocation.entrypoints.cli.mermaid import mermaid

PAGE: Final = Path(__file__).parents[1] / "docs" / "flow.md"

INTRODUCTION: Final = """\
# The flow of messages

The messages of the application, with the functions that handle them, and what they lead to. This
page is made from the registry by `make messages`, and a test fails if it is out of date.
[Messages](messages.md) describes each message, and [architecture](architecture.md) how they are
handled.

- A solid arrow leads to a message that the handlers may raise.
- A dotted arrow leads from a fact to the digest by which its audience is notified.
- A thick arrow leads to a destination outside the database. Deliveries are made after the commit.

`allocation flow` prints the same as tables, `--json` as JSON, and `--mermaid` this diagram.
"""


def page(registry: Registry) -> str:
    """The text of the page for a registry."""
    return f"{INTRODUCTION}\n```mermaid\n{mermaid(Flow.of(registry))}```\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(REGISTRY), encoding="utf-8")


if __name__ == "__main__":
    main()
