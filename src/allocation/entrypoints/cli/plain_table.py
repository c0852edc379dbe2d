"""Plain tables: numbers are right-aligned, and rows of usual names fit into 80 columns."""

from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Final

from rich.cells import cell_len
from rich.table import Table

from allocation.entrypoints.cli.console import out, safe

_NUMBERS: Final = {
    *("qty", "qty before", "qty now", "purchased", "allocated", "available", "blocked"),
    *("added", "attempts", "number"),
}
_UNBROKEN: Final = {"id", "prefix"}
"""Columns of identifiers, which are copied into other commands."""

_ROOMY: Final = (0, 1)
_NARROW: Final = (0, 1, 0, 0)
"""The padding of cells: two blanks between columns, or one."""


def table_of(columns: Mapping[str, Sequence[str]], *optional: str) -> Table:
    """A plain table of these columns; an optional one is left out if none of its cells has text."""
    shown = {name: c for name, c in columns.items() if name not in optional or any(c)}
    return aligned_table(shown, _NUMBERS.intersection(shown))


def aligned_table(columns: Mapping[str, Sequence[str]], numbers: set[str]) -> Table:
    """A plain table of columns, of which some are numbers; long names wrap.

    If it is wider than the output, columns move together, and their headings break into lines.
    """
    widths = {name: max(map(cell_len, cells), default=0) for name, cells in columns.items()}
    total = sum(max(cell_len(name), width) for name, width in widths.items())
    is_wide = total + 2 * (len(columns) - 1) > out.width
    plain = Table(box=None, pad_edge=False, padding=_NARROW if is_wide else _ROOMY)
    for name, width in widths.items():
        plain.add_column(
            name.replace(" ", "\n") if is_wide and cell_len(name) > width else name,
            justify="right" if name in numbers else "left",
            overflow="fold",
            no_wrap=name in _UNBROKEN,
        )
    for row in zip(*columns.values(), strict=True):
        plain.add_row(*row)
    return plain


def with_next_page(shown: Table, after: object) -> Table:
    """A table that names the cursor of the next page below, if there is one."""
    if after is not None:
        shown.caption = f"for the next page: --after {safe(quote(str(after)))}"
    return shown
