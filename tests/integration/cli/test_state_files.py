"""`allocation export all` and `allocation import all`: what is refused, and what an end leaves."""

import gzip
import signal
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from unittest import mock

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.bootstrap import export_state, import_state
from allocation.entrypoints.cli import states
from tests.support.busy_shop import open_the_shop
from tests.support.commands import Ended, allocation_here
from tests.support.schemas import upgrade_to
from tests.support.states import all_rows, interrupted_at, lines_of, write_state

Change = Callable[[list[Any]], object]


@pytest.fixture
def file(sqlite_url: str, tmp_path: Path) -> Path:
    """The state of a shop in which all has happened that can."""
    open_the_shop(sqlite_url)
    file = tmp_path / "state.json.gz"
    assert run("export", "all", file, url=sqlite_url, cwd=tmp_path).returncode == 0
    return file


def run(*words: str | Path, url: str, cwd: Path) -> Ended:
    return allocation_here(*words, "--database", url, cwd=cwd)


def assert_empty_and_usable(url: str, good: Path, source: str) -> None:
    assert run("import", "all", good, url=url, cwd=good.parent).returncode == 0
    assert all_rows(url) == all_rows(source)


def refusal(url: str, file: Path) -> str:
    """What is said of a file that is refused."""
    ended = run("import", "all", file, url=url, cwd=file.parent)
    assert (ended.returncode, ended.stdout) == (2, "")
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    return lines[0].removeprefix(f"error: {file}: ")


def test_a_state_file_is_private_complete_and_never_replaces_another(
    file: Path, sqlite_url: str, tmp_path: Path
) -> None:
    before = file.read_bytes()

    refused = run("export", "all", file, url=sqlite_url, cwd=tmp_path)

    assert (refused.returncode, file.read_bytes()) == (2, before)
    assert "--force replaces it" in refused.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("export", "all", file, "--force", url=sqlite_url, cwd=tmp_path).returncode == 0
    assert file.read_bytes() == before, "the same state is the same file"
    assert [*tmp_path.glob("*.part")] == []


def test_a_database_with_data_is_left_as_it_is(
    file: Path, database_url: str, tmp_path: Path
) -> None:
    open_the_shop(database_url)
    before = all_rows(database_url)

    ended = run("import", "all", file, url=database_url, cwd=tmp_path)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "has data already" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert all_rows(database_url) == before


NOT_OURS: Final = "this is not a file of `allocation export all`"
DAMAGED: Final = "the file is damaged or incomplete"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ref,sku,qty\nb1,LAMP,1\n",
        gzip.compress(b"ref,sku,qty\n"),
        gzip.compress(b""),
        gzip.compress(b"\xff\xfe\x00"),
        gzip.compress(b'{"format":"another","version":1,"revision":"0017"}\n'),
        gzip.compress(b'{"format":7}\n'),
        b"SQLite format 3\0" * 99,
    ],
    ids=("nothing", "CSV", "CSV in gzip", "no line", "bytes", "JSON", "another shape", "SQLite"),
)
def test_a_file_of_another_kind_is_refused(
    content: bytes, empty_sqlite_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "other"
    file.write_bytes(content)

    assert refusal(empty_sqlite_url, file) == NOT_OURS
    assert not (tmp_path / "empty.db").exists(), "nothing is created for it"


@pytest.mark.parametrize("part", [0.002, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(
    file: Path, sqlite_url: str, empty_sqlite_url: str, part: float
) -> None:
    content = file.read_bytes()
    short = file.with_name("short")
    short.write_bytes(content[: max(15, int(len(content) * part))])

    assert refusal(empty_sqlite_url, short) in (DAMAGED, NOT_OURS)
    assert_empty_and_usable(empty_sqlite_url, file, sqlite_url)


def test_a_file_without_its_last_lines_is_refused(file: Path, empty_database_url: str) -> None:
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    for left in (len(lines) - 1, len(lines) - 2, 40, 2, 1):
        file.write_bytes(gzip.compress(b"".join(lines[:left])))
        assert refusal(empty_database_url, file) == DAMAGED
    assert not any(all_rows(empty_database_url).values())


def test_a_damaged_byte_is_detected_wherever_it_is(
    file: Path, sqlite_url: str, empty_database_url: str
) -> None:
    content = file.read_bytes()
    damaged = file.with_name("damaged")
    for place in range(20, len(content), len(content) // 15):
        damaged.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        refusal(empty_database_url, damaged)
    damaged.write_bytes(content + b"more")
    assert refusal(empty_database_url, damaged) == DAMAGED
    assert_empty_and_usable(empty_database_url, file, sqlite_url)


def test_a_changed_value_is_detected_even_if_the_compression_fits(
    file: Path, empty_database_url: str
) -> None:
    text = gzip.decompress(file.read_bytes())
    file.write_bytes(gzip.compress(text.replace(b'["p1","LAMP",20', b'["p1","LAMP",30')))

    assert refusal(empty_database_url, file) == DAMAGED
    assert not any(all_rows(empty_database_url).values())


def row_of(lines: list[Any], table: str, place: int = 0) -> list[Any]:
    headers = [line.get("table") if isinstance(line, dict) else None for line in lines]
    row: list[Any] = lines[headers.index(table) + 1 + place]
    return row


def without_a_table(lines: list[Any]) -> None:
    start = next(n for n, line in enumerate(lines) if line == {**line, "table": "batches"})
    del lines[start]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda lines: lines[0].update(version=2), "its format is version 2"),
        (lambda lines: lines[0].update(revision="0016"), "run `allocation migrate`"),
        (lambda lines: lines[0].update(revision="9999"), "its tables are at revision 9999"),
        (lambda lines: lines[1].update(table="others"), "it has the table others where messages"),
        (lambda lines: lines[1]["columns"].pop(), "it has the table messages"),
        (lambda lines: lines[-1]["rows"].update(batches=1), DAMAGED),
        (lambda lines: lines.insert(-1, {"table": "more", "columns": []}), DAMAGED),
        (lambda lines: row_of(lines, "batches").pop(), "a row of the table batches is refused"),
        (lambda lines: row_of(lines, "products").__setitem__(1, None), "the table products"),
        (lambda lines: row_of(lines, "products").__setitem__(1, "1"), "the table products"),
        (lambda lines: row_of(lines, "products").__setitem__(1, True), "the table products"),
        (lambda lines: row_of(lines, "products").__setitem__(1, 1.5), "the table products"),
        (lambda lines: row_of(lines, "products").__setitem__(1, 2**63), "the table products"),
        (lambda lines: row_of(lines, "products").__setitem__(3, 1), "the table products"),
        (lambda lines: row_of(lines, "batches").__setitem__(5, "31.12."), "the table batches"),
        (lambda lines: row_of(lines, "messages").__setitem__(6, "2030-01-01T00:00"), "messages"),
        (lambda lines: row_of(lines, "batches").__setitem__(1, "UNHEARD"), "the table batches"),
        (lambda lines: row_of(lines, "batches").__setitem__(4, -1), "the table batches"),
        (lambda lines: row_of(lines, "order_lines").__setitem__(4, 0), "the table order_lines"),
        (
            lambda lines: row_of(lines, "batches").__setitem__(0, row_of(lines, "batches", 1)[0]),
            "the table batches",
        ),
    ],
)
def test_a_state_that_does_not_fit_is_refused(
    file: Path, empty_database_url: str, sqlite_url: str, change: Change, reason: str
) -> None:
    changed = file.with_name("changed")
    lines = lines_of(file)
    change(lines)
    write_state(changed, lines)

    assert reason in refusal(empty_database_url, changed)
    assert_empty_and_usable(empty_database_url, file, sqlite_url)


def test_text_that_postgresql_cannot_store_is_refused_there(
    file: Path, empty_database_url: str
) -> None:
    lines = lines_of(file)
    row_of(lines, "messages")[12] = "a\0b"
    write_state(file, lines)

    ended = run("import", "all", file, url=empty_database_url, cwd=file.parent)

    assert ended.returncode == (0 if empty_database_url.startswith("sqlite") else 2)
    if ended.returncode:
        assert "a row of the table messages is refused: " in ended.stderr
        assert "NUL" in ended.stderr


def test_tables_of_an_older_version_are_to_be_migrated_first(
    file: Path, empty_database: Database, tmp_path: Path
) -> None:
    upgrade_to("0016", empty_database)
    url = empty_database.engine.url.render_as_string(False).replace("+psycopg", "")

    for words in (("import", "all", file), ("export", "all", tmp_path / "new.gz")):
        ended = run(*words, url=url, cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "run `allocation migrate`" in ended.stderr
    assert not (tmp_path / "new.gz").exists()


def test_a_database_without_tables_has_no_state(empty_sqlite_url: str, tmp_path: Path) -> None:
    ended = run("export", "all", "new.gz", url=empty_sqlite_url, cwd=tmp_path)

    assert ended.returncode == 2
    assert [*tmp_path.iterdir()] == []


def test_a_new_file_is_private(file: Path, empty_sqlite_url: str, tmp_path: Path) -> None:
    assert run("import", "all", file, url=empty_sqlite_url, cwd=tmp_path).returncode == 0
    assert stat.S_IMODE((tmp_path / "empty.db").stat().st_mode) == 0o600


@pytest.mark.parametrize("report", [1, 4])
def test_an_interrupted_import_leaves_nothing_and_says_so(
    file: Path, sqlite_url: str, empty_database_url: str, report: int
) -> None:
    def interrupted(settings: Any, path: Path, _: Any) -> int:
        return import_state(settings, path, interrupted_at(report, interrupt))

    with mock.patch.object(states, "import_state", interrupted):
        ended = run("import", "all", file, url=empty_database_url, cwd=file.parent)

    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == "Interrupted: nothing has been imported.\n"
    assert_empty_and_usable(empty_database_url, file, sqlite_url)


def test_an_interrupted_export_leaves_nothing_and_says_so(
    file: Path, sqlite_url: str, tmp_path: Path
) -> None:
    def interrupted(settings: Any, target: Any, _: Any) -> int:
        return export_state(settings, target, interrupted_at(2, interrupt))

    with mock.patch.object(states, "export_state", interrupted):
        ended = run("export", "all", "another.gz", url=sqlite_url, cwd=tmp_path)

    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == "Interrupted: nothing has been exported.\n"
    assert [*tmp_path.glob("*another*")] == []


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def test_new_messages_are_numbered_after_those_of_the_state(
    file: Path, empty_database_url: str, sqlite_url: str, tmp_path: Path
) -> None:
    run("import", "all", file, url=empty_database_url, cwd=tmp_path)
    last = max(row[0] for row in all_rows(sqlite_url)["messages"])

    words = ("send", "BatchCreated", "ref=new", "sku=LAMP", "qty=5")
    ended = run(*words, url=empty_database_url, cwd=tmp_path)

    assert ended.returncode == 0
    numbers = {row[1]: row[0] for row in all_rows(empty_database_url)["messages"]}
    assert min(number for number in numbers.values() if number > last) == last + 1


def test_an_empty_state_is_a_state(
    database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    assert run("export", "all", "none.gz", url=database_url, cwd=tmp_path).returncode == 0
    ended = run("import", "all", "none.gz", url=empty_database_url, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "0 rows imported from none.gz.\n")
    with closing(Database(empty_database_url)):
        assert not any(all_rows(empty_database_url).values())
