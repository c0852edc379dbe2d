"""A state file that is damaged, or does not fit, is refused, and changes nothing."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.state_commands import assert_empty_and_usable, refusal
from tests.support.states import all_rows, lines_of, write_state

Change = Callable[[list[Any]], object]


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


@pytest.mark.parametrize(("place", "reason"), [(0, NOT_OURS), (1, DAMAGED), (-1, DAMAGED)])
def test_values_that_are_nested_too_deeply_are_refused(
    file: Path, empty_sqlite_url: str, place: int, reason: str
) -> None:
    lines = gzip.decompress(file.read_bytes()).splitlines()
    lines[place] = lines[place][:-1] + b',"more":' + b"[" * 100_000
    file.write_bytes(gzip.compress(b"\n".join(lines)))

    assert refusal(empty_sqlite_url, file) == reason


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
        (
            lambda lines: row_of(lines, "messages").__setitem__(6, "0001-01-01T00:00:00+01:00"),
            "a row of the table messages is refused: at is not in a year from 1970 to 9998",
        ),
        (
            lambda lines: row_of(lines, "messages").__setitem__(6, "9999-12-31T23:59:59-01:00"),
            "a row of the table messages is refused: at is not in a year from 1970 to 9998",
        ),
        (
            lambda lines: row_of(lines, "messages").__setitem__(12, "a\0b"),
            "a row of the table messages is refused: error has a NUL character",
        ),
        (
            lambda lines: row_of(lines, "products").__setitem__(0, "x" * 256),
            "a row of the table products is refused: Expected `str` of length <= 255",
        ),
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
