"""The file of an import: its table, its refused rows, and what is remembered of its rows."""

from pathlib import Path
from typing import NamedTuple

from allocation.entrypoints.importing.kinds import Kind
from allocation.entrypoints.importing.refusals import ListedRefusals
from allocation.entrypoints.importing.seen import Seen
from allocation.entrypoints.importing.tally import Tally
from allocation.entrypoints.table_files.open_table import Table
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from allocation.entrypoints.table_files.rejected_rows import RejectedRows


class ImportFile(NamedTuple):
    """An open file.

    Attributes:
        path: the file as messages name it.
        kind: what its rows mean.
        reading: how it is read, as far as the user says so.
        table: its rows.
        rejected_rows: its refused rows.
        tally: the counts of its rows.
        seen: the keys of its rows.
    """

    path: Path
    kind: Kind
    reading: ReadingOptions
    table: Table
    rejected_rows: RejectedRows | ListedRefusals
    tally: Tally
    seen: Seen
