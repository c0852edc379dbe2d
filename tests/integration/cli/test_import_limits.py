"""However a file is made, an import holds little of it, and writes nowhere else."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from allocation.entrypoints.table_files.layout import Row
from allocation.entrypoints.table_files.line_reader import LONGEST_LINE
from allocation.entrypoints.table_files.rejected_rows import RejectedRows, UnusablePath
from tests.integration.cli.conftest import Run
from tests.support.commands import COMMAND
from tests.support.databases import SQLite
from tests.support.files import a_file, lines_for
from tests.support.peak_of_child import peak_of
from tests.support.table_files import refused_rows_at

LITTLE = 40 * 2**20
"""Bytes by which one import may need more than another; the files have three times as many."""


@pytest.fixture
def folder(sqlite: SQLite, tmp_path: Path) -> Path:
    """A folder with a database."""
    sqlite.migrated(tmp_path)
    return tmp_path


def a_long_line(folder: Path) -> Path:
    path = a_file(folder, "o1,LAMP,0")
    with path.open("r+b") as file:
        file.seek(120 * 2**20)
        file.write(b"\no2,LAMP,0\n")
    return path


def a_long_header(folder: Path) -> Path:
    path = a_file(folder)
    with path.open("r+b") as file:
        file.truncate(120 * 2**20)
    return path


def a_row_of_many_lines(folder: Path) -> Path:
    long = "x" * 60_000
    return a_file(folder, '"' + long, *([f'","{long}'] * 2_000))


def many_long_rows(folder: Path) -> Path:
    return a_file(folder, *(["o1,LAMP,0," + "ab," * 80_000] * 500))


def many_short_rows(folder: Path) -> Path:
    return a_file(folder, *lines_for("A-SKU-OF-SOME-LENGTH", 300_000, qty=0))


def rows_of_blanks(folder: Path) -> Path:
    return a_file(folder, *[" " * 1_000] * 120_000)


def a_line_of_blanks(folder: Path) -> Path:
    return a_file(folder, " " * 120_000_000)


def a_long_file_of_windows_1252(folder: Path) -> Path:
    note = "ü".encode("windows-1252") * 400
    return a_file(folder, *[b"o1,LAMP,0," + note] * 300_000, header="orderid,sku,qty,note")


def a_header_after_blank_lines(folder: Path) -> Path:
    return a_file(folder, "orderid,sku,qty", "o1,LAMP,0", header="\n" * 1_000_000)


@pytest.mark.parametrize(
    "make",
    [
        *(a_long_line, a_long_header, a_row_of_many_lines, many_long_rows, many_short_rows),
        *(rows_of_blanks, a_line_of_blanks, a_long_file_of_windows_1252),
        a_header_after_blank_lines,
    ],
)
def test_an_import_holds_little_of_a_file_however_it_is_made(folder: Path, make: object) -> None:
    assert callable(make)
    short, _ = peak_of(COMMAND, "import", "orders", str(a_file(folder, "o1,LAMP,0")), cwd=folder)

    long, _ = peak_of(COMMAND, "import", "orders", str(make(folder)), cwd=folder)

    assert long - short < LITTLE


def test_a_line_that_is_too_long_is_refused_and_harms_no_other(
    stocked: Run, tmp_path: Path
) -> None:
    rest = "," + "x" * LONGEST_LINE
    fits = "o1,LAMP,1".ljust(LONGEST_LINE - 1, ",")
    file = a_file(tmp_path, fits, "o2,LAMP,1" + rest, "o3,LAMP,1")

    ended = stocked("import", "orders", file)

    assert ended.stdout == "3 order lines: 2 allocated, 1 refused\n"
    [_, refused] = file.with_name("rows.csv.rejected.csv").read_text().splitlines()
    assert refused.startswith('3,"is longer than 250,000 characters","o2,LAMP,1,xxx')
    assert len(refused) < 2_000


def test_an_open_quote_before_a_line_that_is_too_long_is_refused_alone(
    stocked: Run, tmp_path: Path
) -> None:
    file = a_file(tmp_path, 'o1,"LAMP,1', "o2,LAMP,1," + "x" * LONGEST_LINE, "o3,LAMP,1")

    assert stocked("import", "orders", file).stdout == "3 order lines: 1 allocated, 2 refused\n"
    _, first, second = file.with_name("rows.csv.rejected.csv").read_text().splitlines()
    assert first.startswith('2,"is not CSV: a quoted cell has more than')
    assert second.startswith("3,")


def test_an_error_about_very_many_columns_names_some_of_them(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, header=",".join(f"column-{n}" for n in range(10_000)))

    ended = stocked("import", "orders", file)

    assert "has no columns 'orderid', 'sku', 'qty'; it has: column-0, column-1," in ended.stderr
    assert len(ended.stderr) < 1_000


@pytest.fixture
def other_place(tmp_path: Path) -> Iterator[Path]:
    """A file of somebody else, which is what it was at the end."""
    path = tmp_path / "precious"
    path.write_text("line,reason,precious")
    yield path
    assert path.read_text() == "line,reason,precious"


def test_a_link_is_not_followed_to_where_refused_rows_would_go(
    stocked: Run, tmp_path: Path, other_place: Path
) -> None:
    file = a_file(tmp_path, "o1,LAMP,0")
    link = file.with_name("rows.csv.rejected.csv")
    link.symlink_to(other_place)

    ended = stocked("import", "orders", file)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"refused rows cannot go to {link}: it is a link" in ended.stderr
    assert link.is_symlink()


def test_a_link_that_is_put_in_place_of_the_refused_rows_is_not_followed(
    tmp_path: Path, other_place: Path
) -> None:
    path = tmp_path / "refused.csv"
    with refused_rows_at(path) as rejected_rows:
        path.unlink(missing_ok=True)
        path.symlink_to(other_place)
        rejected_rows.add(Row(2, ["o1"], None), "is refused")

    assert path.is_symlink(), "what others put there is theirs"


def test_a_file_that_is_put_in_place_of_the_refused_rows_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "refused.csv"
    with refused_rows_at(path):
        path.unlink()
        path.write_text("mine")

    assert path.read_text() == "mine"


def test_a_file_created_between_check_and_open_is_not_overwritten(
    tmp_path: Path, other_place: Path
) -> None:
    path = tmp_path / "refused.csv"

    class Intruder(RejectedRows):
        def _opened(self, path: str, flags: int) -> int:
            self.path.symlink_to(other_place)
            return super()._opened(path, flags)

    with (
        pytest.raises(UnusablePath, match="another file was created there"),
        refused_rows_at(path, Intruder),
    ):
        pass


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_refused_rows_are_as_private_as_the_file_that_they_come_from(
    stocked: Run, tmp_path: Path, mode: int
) -> None:
    file = a_file(tmp_path, "o1,LAMP,0")
    file.chmod(mode)

    stocked("import", "orders", file)

    made = file.with_name("rows.csv.rejected.csv").stat().st_mode
    assert stat.S_IMODE(made) & ~(mode | 0o600) == 0
    assert made & 0o600 == 0o600, "whoever has it made can mend it"


def test_blank_lines_before_the_header_count_as_lines(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "  ", "orderid,sku,qty", "o1,LAMP,0", header="\n\n\t")

    stocked("import", "orders", file)

    refused = file.with_name("rows.csv.rejected.csv").read_text().splitlines()[1]
    assert refused == "6,qty 0 is less than 1,o1,LAMP,0"


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_that_may_never_end_is_refused(stocked: Run, device: str) -> None:
    ended = stocked("import", "orders", device)
    assert ended.returncode == 2
    assert ended.stderr == f"error: {device}: it is a device, which may never end\n"
