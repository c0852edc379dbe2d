"""A frame of `allocation top` as text for a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from allocation.entrypoints.cli.console import safe
from allocation.entrypoints.cli.plain_table import table_of
from allocation.entrypoints.cli.top.frame import BoundedCount, Frame, LatestMessage


def layout(frame: Frame, rows: int, error: str | None = None) -> Group:
    """The figures, and as many of the latest messages as there are rows."""
    time = f"{frame.at:%H:%M:%S} UTC"
    title = Text.from_markup(f"[bold]allocation[/]  {safe(frame.database)}  {time}")
    latest = _messages(frame.latest[: max(rows, 0)])
    parts: list[RenderableType] = [title, *_figures(frame), Text(), latest]
    if error is not None:
        parts.insert(1, Text.from_markup(f"[red]error:[/] {safe(error)}"))
    return Group(*parts)


def _figures(frame: Frame) -> Iterator[Text]:
    rates = frame.rates
    yield Text(
        f"messages/s: {rates.all:,.1f}   from clients: {rates.incoming:,.1f}"
        f"   refused: {rates.refused:,.1f}"
    )
    yield Text(f"unfinished: {_counted(frame.unfinished)}   lag: {frame.lag:,.0f} s")
    dead = Text(f"dead letters: {_counted(frame.dead_letters)}")
    if frame.dead_letters.count:
        dead.stylize("red")
    waits = f"   waiting lines: {_counted(frame.waiting_lines)}   to deliver: {frame.outgoing:,}"
    yield Text.assemble(dead, waits)


def _counted(bounded: BoundedCount) -> str:
    return f"{bounded.count:,}" if bounded.complete else f"{bounded.count:,} or more"


def _messages(messages: Sequence[LatestMessage]) -> Table:
    columns = {
        "number": [str(message.seq) for message in messages],
        "time": [message.at[11:19] for message in messages],
        "message": [safe(message.type) for message in messages],
        "about": [safe(message.subject or "") for message in messages],
        "": ["refused" if message.refused else "" for message in messages],
        "sender": [safe(message.sender or "") for message in messages],
    }
    return table_of(columns, "about", "", "sender")
