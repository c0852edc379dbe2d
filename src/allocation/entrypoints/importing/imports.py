"""What an import and its dry run do with the rows of a file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from allocation.bootstrap import Answer, Application
from allocation.domain.events import Event
from allocation.entrypoints.importing.batch_changes import (
    BatchChanges,
    MissingBatches,
    missing_batches,
)
from allocation.entrypoints.importing.cautions import Cautions, Spellings
from allocation.entrypoints.importing.counting import Handled, count_rows
from allocation.entrypoints.importing.import_file import ImportFile
from allocation.entrypoints.importing.kinds import BATCHES, ORDER_LINES
from allocation.entrypoints.importing.move_report import MoveReport
from allocation.entrypoints.importing.plans import (
    KeyedPlanner,
    MessagePlanner,
    Plan,
    Planner,
    messages_of,
)
from allocation.entrypoints.importing.row_keys import RowKeys
from allocation.entrypoints.importing.updates import CountPlanner, reason_of
from allocation.entrypoints.table_files.columns import annotations
from allocation.entrypoints.table_files.layout import Row
from allocation.errors import BatchConflict

_CHANGEABLE: Final = ("qty", "eta")
"""The fields of a known batch that a count changes."""


Send = Callable[[Sequence[Event], Sequence[str] | None], Sequence[Answer]]
"""Sends messages with their idempotency keys, if they have any; the answers, in order."""


class Import:
    """The rows of one file on their way into one database.

    Attributes:
        file: the open file.
        cautions: the probable mistakes in it.
        changes: the batches that it changes, if it is a count.
        has_other_values: whether it has other quantities or days of batches that exist, and is no
            count, which would change them.
    """

    def __init__(self, parts: Application, file: ImportFile) -> None:
        self.file = file
        self.cautions = Cautions(parts.today())
        self.changes = BatchChanges()
        self._parts = parts
        self.has_other_values = False
        self._spellings = Spellings(parts.views.spellings, self.cautions)
        self._planner = _planner(parts, file, self.cautions)

    def plan(self, rows: Sequence[Row]) -> list[Plan]:
        """Decide what the next rows of the file are to send, and look for probable mistakes."""
        plans = self._planner.plan(rows)
        self._spellings.check(plans)
        return plans

    def handle(self, rows: Sequence[Row], send: Send, moves: MoveReport) -> None:
        """Send the messages of the next rows, and count the rows.

        Raises:
            MessagingError: a message could not be handled; the rows before it are counted.
        """
        plans = self.plan(rows)
        self.count(plans, send(*messages_of(plans)), moves)

    def count(
        self,
        plans: Sequence[Plan],
        answers: Iterable[Answer],
        moves: MoveReport | None = None,
    ) -> None:
        """Count the rows by the answers to their messages, and note what has changed.

        Raises:
            MessagingError: a message could not be handled; the rows before it are counted.
        """
        observed = self._observed(answers) if self.file.kind is BATCHES else answers
        changed = count_rows(plans, observed, self.file)
        for plan, _ in changed:
            if plan.change is not None:
                self.changes.add(plan.change)
        if (attribute := self.file.kind.day) is not None:
            self._check_days(attribute, changed)
        # An order line that is allocated moves no other one, and is counted by its row.
        if moves is not None and self.file.kind is not ORDER_LINES:
            moves.add(
                sent for plan, given in changed for sent in zip(plan.events, given, strict=True)
            )

    def _observed(self, answers: Iterable[Answer]) -> Iterator[Answer]:
        """The answers; whether one refuses a batch that has another quantity or ETA is noted."""
        for answer in answers:
            if isinstance(answer.error, BatchConflict):
                self.has_other_values |= answer.error.field in _CHANGEABLE
            yield answer

    def _check_days(self, attribute: str, changed: Iterable[Handled]) -> None:
        for plan, _ in changed:
            for event in plan.events:
                day = getattr(event, attribute, None)
                if day is not None:
                    self.cautions.note_day(plan.row, day)

    def missing(self) -> MissingBatches | None:
        """The batches that a count does not have, once the whole file has been read.

        None for another kind of file.
        """
        if not isinstance(self._planner, CountPlanner):
            return None
        batches = self._parts.views.current_batches
        return missing_batches(batches, self._planner.has_row, self._planner.unidentified)


def _planner(parts: Application, file: ImportFile, cautions: Cautions) -> Planner:
    kind, table = file.kind, file.table
    if kind.is_compared:
        return CountPlanner(
            parts.views.current_batches,
            file.seen,
            cautions,
            reason_of(file.path.name),
            has_eta="eta" not in table.columns.missing,
            ref_of=partial(_ref_of, file),
        )
    if kind.has_ids:
        keys = RowKeys(
            kind.name, annotations(table.columns.header), file.seen, parts.processor.recorded
        )
        return KeyedPlanner(kind, keys)
    return MessagePlanner(kind)


def _ref_of(file: ImportFile, row: Row) -> str:
    return file.table.columns.text(row.cells, "ref")
