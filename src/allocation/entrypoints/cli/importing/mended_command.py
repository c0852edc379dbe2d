"""The command that imports the file of refused rows when they are mended."""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from allocation.entrypoints.importing.import_file import ImportFile
from allocation.entrypoints.table_files.encodings import is_recognised
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from allocation.entrypoints.table_files.refused_form import RefusedForm
from allocation.entrypoints.table_files.text_format import DELIMITERS, shown_delimiter


def mended_command(file: ImportFile, path: Path) -> str:
    """The command for the refused rows of an imported file, which are at this path.

    That file begins with its header and is no workbook, so that neither a row nor a sheet is said;
    its form is that of the imported one. The database is left out: its URL may have a password.
    """
    kind, form = file.kind, file.table.refused_form
    update = ("--update",) if kind.is_compared else ()
    command = ("allocation", "import", kind.name, *update, str(path))
    return " ".join(map(quote, (*command, *_options(file.reading, form))))


def _options(options: ReadingOptions, form: RefusedForm) -> Iterator[str]:
    for column, name in options.columns.items():
        yield from ("--column", f"{column}={name}")
    if options.decimal is not None:
        yield from ("--decimal", options.decimal)
    if options.date_format is not None:
        yield from ("--date-format", options.date_format)
    if options.delimiter is not None or form.delimiter not in DELIMITERS:
        yield from ("--delimiter", shown_delimiter(form.delimiter))
    if options.encoding is not None and not is_recognised(form.encoding):
        yield from ("--encoding", options.encoding)
