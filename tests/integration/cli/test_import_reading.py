"""Files of other systems through the command: options, mappings, what is shown, refused rows."""

import os
import pty
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.commands import COMMAND, Ended, allocation_here, an_environment
from tests.support.databases import SQLite
from tests.support.files import BATCH_COLUMNS, a_file
from tests.support.ledger import read_ledger
from tests.support.table_files import Sheet, a_workbook

GERMAN = (
    "Charge;Artikel;Lager;Menge;Liefertermin\r\n"
    "C1;STÜHL;1;1.250;31.12.2030\r\n"
    "C2;TISCH;2;7;\r\n"
    ";;;;\r\n"
).encode("windows-1252")
COLUMNS = ("--column", "ref=charge", "--column", "sku=Artikel", "--column", "qty=Menge")
OPTIONS = (*COLUMNS, "--column", "eta=Liefertermin", "--decimal", ",")


def a_german_file(folder: Path, content: bytes = GERMAN) -> Path:
    path = folder / "bestand.csv"
    path.write_bytes(content)
    return path


def batches(url: str) -> list[tuple[object, ...]]:
    """Reference, sku, quantity and day of the batches on record."""
    stored = read_ledger(url).batches
    return [
        (b["reference"], b["sku"], b["purchased_quantity"], str(b["eta"] or "")[:10])
        for b in stored
    ]


def test_a_german_file_is_imported_and_shown_as_it_is_read(
    run: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file = a_german_file(tmp_path)

    ended = run("import", "batches", file, *OPTIONS)

    assert ended.stdout == "2 batches: 2 imported, 0 refused\n"
    assert batches(sqlite_url) == [("C1", "STÜHL", 1250, "2030-12-31"), ("C2", "TISCH", 7, "")]
    assert [line.rstrip() for line in ended.stderr.splitlines()] == [
        f"{file}: windows-1252, delimiter ';', header in row 1",
        "column  in the file   first values",
        "ref     Charge        C1, C2",
        "sku     Artikel       STÜHL, TISCH",
        "qty     Menge         1.250 -> 1250, 7",
        "eta     Liefertermin  31.12.2030 -> 2030-12-31",
        "not read: Lager",
    ]


def test_each_of_the_first_values_is_shown_once(stocked: Run, tmp_path: Path) -> None:
    rows = "o1;LAMP;1.000;10\no1;LAMP;2;20\n"
    file = tmp_path / "shipments.csv"
    file.write_text(f"orderid;sku;qty;line\n{rows}")

    ended = stocked("import", "shipments", file, "--decimal", ",", "--dry-run")

    shown = [line.rstrip() for line in ended.stderr.splitlines()]
    assert "line     line         10, 20" in shown
    assert "qty      qty          1.000 -> 1000, 2" in shown


def test_a_plain_file_says_nothing_about_how_it_is_read(run: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "b1,LAMP,1,", header=f"\ufeff{BATCH_COLUMNS}")
    assert run("import", "batches", file).stderr == ""


def test_an_ambiguous_number_is_refused_and_the_mended_rows_go_in(
    run: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file = a_german_file(tmp_path)

    ended = run("import", "batches", file, *OPTIONS[:-2])

    assert ended.stdout == "2 batches: 1 imported, 1 refused\n"
    refused = file.with_name("bestand.csv.rejected.csv")
    lines = refused.read_text("windows-1252").splitlines()
    assert lines[0] == "line_number;reason;Charge;Artikel;Lager;Menge;Liefertermin"
    reason = "qty '1.250' is 1250 (--decimal ,) or 1.25 (--decimal .): say which"
    assert lines[1] == f"2;{reason};C1;STÜHL;1;1.250;31.12.2030"
    refused.write_bytes(refused.read_bytes().replace(b"1.250;", b"1250;"))

    mended = run(*command_in(ended), "--rejected", tmp_path / "more.csv")

    assert mended.stdout == "1 batch: 1 imported, 0 refused\n"
    assert ("C1", "STÜHL", 1250, "2030-12-31") in batches(sqlite_url)


def command_in(ended: Ended) -> list[str]:
    """The command for the mended rows, without the program's name."""
    line = ended.stderr.splitlines()[-1]
    prefix = "When they are mended: allocation "
    assert line.startswith(prefix)
    return shlex.split(line.removeprefix(prefix))


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-16", "\t"), ("utf-8-sig", ";"), ("utf-16-le", "|"), ("windows-1252", ",")],
)
def test_refused_rows_are_written_as_the_file_is_and_replaced_the_next_time(
    stocked: Run, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    lines = [["orderid", "sku", "qty", "Größe"], ["ö1", "LAMP", "0", "a\rb"]]
    quoted = [[f'"{cell}"' for cell in line] for line in lines]
    file = tmp_path / "lines.txt"
    file.write_bytes("\n".join(map(delimiter.join, quoted)).encode(encoding))

    first = stocked("import", "orders", file)
    again = stocked("import", "orders", file)

    assert first.stdout == again.stdout == "1 order line: 1 refused\n"
    refused = file.with_name("lines.txt.rejected.csv")
    written = {"utf-16-le": "utf-16"}.get(encoding, encoding)
    assert delimiter.join(lines[0]) in refused.read_bytes().decode(written)
    refused.write_bytes(refused.read_bytes().decode(written).replace('"0"', '"1"').encode(written))
    mended = stocked(*command_in(first), "--rejected", tmp_path / "more.csv")
    assert mended.stdout == "1 order line: 1 allocated, 0 refused\n"


def test_refused_rows_of_a_workbook_are_csv_and_go_in_when_they_are_mended(
    run: Run, sqlite_url: str, tmp_path: Path
) -> None:
    rows = [("Stock",), ("Batch No", "sku", "qty", "Due"), ("B1", "LAMP", 0, date(2030, 12, 31))]
    file = tmp_path / "stock.xlsx"
    file.write_bytes(a_workbook(Sheet([*rows, (123, "LAMP", 5)], fill=as_five_digits)))
    options = ("--column", "ref=Batch No", "--column", "eta=Due", "--date-format", "%d.%m.%Y")

    ended = run("import", "batches", file, "--header-row", "2", *options)

    assert ended.stdout == "2 batches: 2 refused\n"
    refused = file.with_name("stock.xlsx.rejected.csv")
    header, first, second = refused.read_text().splitlines()
    assert header == "line_number,reason,Batch No,sku,qty,Due"
    assert first == "3,qty 0 is less than 1,B1,LAMP,0,31.12.2030"
    assert second.endswith(",#N/A,LAMP,5,"), "what would be read as another name is not written"
    refused.write_text(f"{header}\n{first.replace(',0,', ',9,')}\n")
    assert run(*command_in(ended)).stdout == "1 batch: 1 imported, 0 refused\n"
    assert batches(sqlite_url) == [("B1", "LAMP", 9, "2030-12-31")]


def as_five_digits(workbook: object, sheet: object) -> None:
    form = workbook.add_format({"num_format": "00000"})  # type: ignore[attr-defined]
    sheet.write(3, 0, 123, form)  # type: ignore[attr-defined]


def test_a_mapping_is_saved_and_used_again_and_options_override_it(
    run: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file, mapping = a_german_file(tmp_path), tmp_path / "bestand.toml"
    run("import", "batches", file, *OPTIONS, "--save-mapping", mapping, "--dry-run")
    assert batches(sqlite_url) == []

    wrong = run("import", "batches", file, "--mapping", mapping, "--decimal", ".")
    right = run("import", "batches", file, "--mapping", mapping)

    assert wrong.stdout == "2 batches: 1 imported, 1 refused\n"
    assert right.stdout == "2 batches: 1 imported, 1 already known, 0 refused\n"
    run("import", "batches", file, *COLUMNS, "--column", "eta=", "--save-mapping", mapping)
    assert 'eta = ""' in mapping.read_text().replace('"eta"', "eta")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("precious", "is no mapping file"),
        ("", "is no mapping file"),
        ("colour = 'red'", "'colour' is none of columns, delimiter"),
        ("header_row = '3'", "header_row '3' is no int"),
        ("[columns]\nref = 3", "the name of a column is no text"),
        ("decimal = ';'", "decimal ';' is neither , nor ."),
    ],
)
def test_another_kind_of_file_is_no_mapping_and_is_not_replaced(
    run: Run, sqlite_url: str, tmp_path: Path, content: str, reason: str
) -> None:
    mapping = tmp_path / "precious"
    mapping.write_text(content)
    file = a_german_file(tmp_path)
    for option in ("--mapping", "--save-mapping"):
        ended = run("import", "batches", file, *OPTIONS, option, mapping)
        assert ended.returncode == 2
        assert reason in ended.stderr
    assert mapping.read_text() == content
    assert batches(sqlite_url) == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--encoding", "idna"), "encoding 'idna' is no text encoding"),
        (("--encoding", "unicode_escape"), "encoding 'unicode_escape' is no text encoding"),
        (("--column", "ref"), "column 'ref' has no equals sign"),
        (("--column", "colour=Farbe"), "column 'colour' is no column that is read; there are: ref"),
        (("--column", "ref="), "column 'ref' is required"),
        (("--column", "ref=a", "--column", "Ref=b"), "'Ref=b' names the column again: it is 'a'"),
        (("--column", "ref=A", "--column", "sku=a"), "'a' would be read as ref and as sku: say"),
        (("--column", "ref=SKU"), "column 'sku' would be read as ref and as sku: say --column ref"),
        (("--column", "ref=\udcff"), r"column 'ref=\udcff' is not UTF-8 text"),
        (("--sheet", "\udcff"), r"sheet '\udcff' is not UTF-8 text"),
        (("--delimiter", "\udcff"), r"delimiter '\udcff' is not UTF-8 text"),
        (("--delimiter", "ab"), "delimiter 'ab' is not a single character"),
        (("--delimiter", '"'), "is not a single character"),
        (("--encoding", "base64"), "encoding 'base64' is no text encoding"),
        (("--encoding", "klingon"), "encoding 'klingon' is no text encoding"),
        (("--header-row", "0"), "header-row 0 is less than 1"),
        (("--header-row", "99"), "has no row 99"),
        (("--decimal", ";"), "decimal ';' is neither , nor ."),
        (("--date-format", "%d.%m."), "date-format '%d.%m.' is no form of a date"),
        (("--date-format", "%d.%m.%Y %d"), "date-format '%d.%m.%Y %d' is no form of a date"),
        (("--date-format", "%Q"), "date-format '%Q' is no form of a date"),
        (("--sheet", "A"), "sheet 'A' is for workbooks, and this is a text file"),
    ],
)
def test_an_option_that_is_not_possible_is_a_wrong_call(
    run: Run, tmp_path: Path, options: tuple[str, ...], reason: str
) -> None:
    file = a_file(tmp_path, "b1,LAMP,1,", header=BATCH_COLUMNS)
    ended = run("import", "batches", file, *options)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert reason in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("option", [("--delimiter", "tab"), ("--delimiter", r"\t")])
def test_a_tab_can_be_said(run: Run, tmp_path: Path, option: tuple[str, str]) -> None:
    file = a_file(tmp_path, "b1\tLA,MP\t1\t", header=BATCH_COLUMNS.replace(",", "\t"))
    assert run("import", "batches", file, *option).returncode == 0


def test_an_option_of_text_files_is_refused_for_a_workbook(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_bytes(a_workbook(Sheet([("ref", "sku", "qty", "eta")])))
    ended = run("import", "batches", file, "--delimiter", ";")
    assert ended.returncode == 2
    assert "delimiter ';' is for text files, and this is a workbook" in ended.stderr


def test_a_missing_date_beside_other_columns_is_refused_before_anything_is_created(
    run: Run, tmp_path: Path
) -> None:
    file = a_file(tmp_path, "b1,LAMP,1,2030-01-01", header="ref,sku,qty,due")
    url = f"sqlite:///{tmp_path}/new.db"

    ended = run("import", "batches", file, "--database", url)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "columns that are not read: due. Say which it is: --column eta=NAME" in ended.stderr
    assert not (tmp_path / "new.db").exists()
    known_to_be_missing = run("import", "batches", file, "--column", "eta=")
    assert known_to_be_missing.stdout == "1 batch: 1 imported, 0 refused\n"
    assert "eta     none" in known_to_be_missing.stderr


def test_a_dry_run_lists_refused_rows_and_writes_no_file(run: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, *(f"b{n},LAMP,0," for n in range(1, 23)), header=BATCH_COLUMNS)
    before = sorted(tmp_path.iterdir())

    ended = run("import", "batches", file, "--dry-run")

    assert ended.returncode == 1
    lines = ended.stderr.splitlines()
    assert lines[0] == "line 2: qty 0 is less than 1"
    assert lines[19:] == [
        "line 21: qty 0 is less than 1",
        "These are the first 20 of 22 refused rows.",
    ]
    assert sorted(tmp_path.iterdir()) == before


class TestStandardInput:
    def test_is_imported_and_its_refused_rows_go_to_the_working_directory(
        self, sqlite: SQLite, tmp_path: Path
    ) -> None:
        sqlite.migrated(tmp_path)
        rows = "ref;sku;qty;eta\nb1;LAMP;5;\nb2;LAMP;0;\n"
        ended = subprocess.run(
            [COMMAND, "import", "batches", "-"],
            input=rows,
            cwd=tmp_path,
            env=an_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stdout) == (1, "2 batches: 1 imported, 1 refused\n")
        assert ended.stderr.startswith("standard input: utf-8, delimiter ';'")
        refused = (tmp_path / "standard-input.rejected.csv").read_text()
        assert refused.endswith("3;qty 0 is less than 1;b2;LAMP;0;\n")

    @pytest.mark.parametrize("name", ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])
    def test_that_is_a_file_has_its_refused_rows_in_the_working_directory(
        self, sqlite: SQLite, tmp_path: Path, name: str
    ) -> None:
        sqlite.migrated(tmp_path)
        file = a_file(tmp_path, "b1,LAMP,0,", header=BATCH_COLUMNS)
        with file.open() as rows:
            ended = subprocess.run(
                [COMMAND, "import", "batches", name],
                stdin=rows,
                cwd=tmp_path,
                env=an_environment(),
                capture_output=True,
                text=True,
                check=False,
            )
        assert (ended.returncode, ended.stdout) == (1, "1 batch: 1 refused\n")
        assert (tmp_path / "standard-input.rejected.csv").exists()

    def test_that_is_closed_is_a_wrong_call(self, sqlite: SQLite, tmp_path: Path) -> None:
        sqlite.migrated(tmp_path)
        ended = subprocess.run(
            ["sh", "-c", 'exec "$0" import batches - <&-', COMMAND],
            cwd=tmp_path,
            env=an_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "standard input: it is closed" in ended.stderr

    def test_a_named_pipe_is_imported(self, sqlite: SQLite, tmp_path: Path) -> None:
        sqlite.migrated(tmp_path)
        pipe, content = (
            tmp_path / "pipe",
            a_workbook(Sheet([("ref", "sku", "qty", "eta"), ("b1", "LAMP", 5)])),
        )
        os.mkfifo(pipe)
        with subprocess.Popen(
            ["tee", str(pipe)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        ) as tee:
            assert tee.stdin is not None
            tee.stdin.write(content)
            tee.stdin.close()
            ended = allocation_here("import", "batches", pipe, cwd=tmp_path)
        assert ended.stdout == "1 batch: 1 imported, 0 refused\n"


@contextmanager
def in_a_terminal(folder: Path, *words: str) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The command with a terminal as its standard input and error."""
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [COMMAND, "import", "batches", *words],
            stdin=theirs,
            stderr=theirs,
            stdout=subprocess.PIPE,
            cwd=folder,
            env=an_environment(PYTHONIOENCODING="utf-8"),  # strict, as in most locales
        ) as process:
            os.close(theirs)
            yield ours, process
    finally:
        os.close(ours)


def read_until(terminal: int, text: str) -> str:
    """What appears in a terminal up to this text, or to its end."""
    output = ""
    try:
        while text not in output:
            output += os.read(terminal, 4096).decode(errors="replace")
    except OSError:
        pass  # the other end was closed
    return output


@pytest.mark.parametrize(
    ("answer", "code", "imported"),
    [(b"y\n", 0, 2), (b"Yes\n", 0, 2), (b"\n", 130, 0), (b"\xff\n", 130, 0), (b"\x04", 130, 0)],
)
def test_a_terminal_is_asked_whether_the_file_is_read_rightly(
    sqlite: SQLite, tmp_path: Path, answer: bytes, code: int, imported: int
) -> None:
    url, file = sqlite.migrated(tmp_path), a_german_file(tmp_path)
    with in_a_terminal(tmp_path, str(file), *OPTIONS) as (terminal, process):
        assert "1.250 -> 1250" in read_until(terminal, "Import? [y/N]")
        os.write(terminal, answer)
        read_until(terminal, "\0")
        assert process.wait(timeout=60) == code
    assert len(batches(url)) == imported
    assert [path.name for path in tmp_path.iterdir() if "rejected" in path.name] == []


@pytest.mark.parametrize("options", [("--yes",), ("--dry-run",)])
def test_a_terminal_is_not_asked_with_yes_or_in_a_dry_run(
    sqlite: SQLite, tmp_path: Path, options: tuple[str, ...]
) -> None:
    sqlite.migrated(tmp_path)
    file = a_german_file(tmp_path)
    with in_a_terminal(tmp_path, str(file), *OPTIONS, *options) as (terminal, process):
        assert "Import?" not in read_until(terminal, "\0")
        assert process.wait(timeout=60) == 0


def test_nobody_is_asked_in_a_log_though_its_lines_have_colours(
    sqlite: SQLite, tmp_path: Path
) -> None:
    sqlite.migrated(tmp_path)
    file, log = a_german_file(tmp_path), tmp_path / "log"
    ours, theirs = pty.openpty()
    try:
        with log.open("w") as lines:
            ended = subprocess.run(
                [COMMAND, "import", "batches", str(file), *OPTIONS],
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=lines,
                cwd=tmp_path,
                env=an_environment(FORCE_COLOR="1"),
                timeout=60,
                check=False,
            )
    finally:
        os.close(ours)
        os.close(theirs)
    assert ended.returncode == 0
    assert "Import?" not in log.read_text()


def test_a_terminal_is_not_asked_about_a_plain_file(sqlite: SQLite, tmp_path: Path) -> None:
    sqlite.migrated(tmp_path)
    file = a_file(tmp_path, "b1,LAMP,1,", header=BATCH_COLUMNS)
    with in_a_terminal(tmp_path, str(file)) as (terminal, process):
        assert "Import?" not in read_until(terminal, "\0")
        assert process.wait(timeout=60) == 0
