"""The description of a list of order lines by batch: an index of batches, and one of lines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import Date, Row, bindparam, literal_column, select

from allocation.adapters.sql.schema import order_lines
from allocation.views.lists.filters import Filter
from allocation.views.lists.index_scan import IndexScan

IS_ALLOCATED: Final = order_lines.c.state == literal_column("'allocated'")
"""As in the predicates of the indexes."""

LINES_OF_BATCH: Final = IndexScan(
    rows=select(order_lines, bindparam("eta", type_=Date).label("eta")),
    where=(IS_ALLOCATED, order_lines.c.batchref == bindparam("batchref")),
    key=(order_lines.c.promise,),
)
"""The lines of a batch in the order of allocation, with the ETA of the batch."""


@dataclass(frozen=True, eq=False, kw_only=True)
class BatchLines:
    """How the lines of a list are found by their batches.

    Attributes:
        batches: the batches, with a reference and an ETA.
        lines_of: the lines of a batch, given its row and the date today; the statements have the
            parameters `batchref` and `eta`.
        of_batches: the filters that select batches, by name; all others select lines.
    """

    batches: IndexScan
    lines_of: Callable[[Row[Any], date], IndexScan]
    of_batches: Mapping[str, Filter] = field(default_factory=dict)
