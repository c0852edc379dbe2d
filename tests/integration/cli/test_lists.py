"""`allocation list`: tables for people, lines of JSON and CSV for programs."""

import csv
import io
import json
import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from allocation.entrypoints.cli.listing import portions
from allocation.views import LISTS, Listing
from tests.integration.cli.conftest import Run
from tests.support.commands import COMMAND, an_environment
from tests.support.files import BATCH_COLUMNS, a_file
from tests.support.terminals import everything_from

EVERY = pytest.mark.parametrize("listing", LISTS, ids=[each.name for each in LISTS])


@pytest.fixture
def busy(stocked: Run, tmp_path: Path) -> Run:
    """Rows in every list: lines that are late, wait, or could have left."""
    stocked("send", "BatchCreated", "ref=b3", "sku=SOFA", "qty=5", "eta=2001-01-01")
    lines = ("o1,LAMP,60", "o2,LAMP,40", "o3,LAMP,8", "o4,LAMP,30", "o5,SOFA,5", "o6,SOFA,5")
    assert stocked("import", "orders", a_file(tmp_path, *lines)).returncode == 0
    return stocked


@EVERY
def test_every_list_is_a_command_with_its_filters(run: Run, listing: Listing[Any]) -> None:
    ended = run("list", listing.name, "--help")
    assert ended.returncode == 0
    assert f"list {listing.name} [OPTIONS]" in ended.stdout
    for each in listing.filters:
        assert f"--{each.name.replace('_', '-')}" in ended.stdout


@EVERY
def test_the_formats_have_the_same_rows(busy: Run, listing: Listing[Any]) -> None:
    objects = [
        json.loads(line) for line in busy("list", listing.name, "--json").stdout.splitlines()
    ]
    header, *rows = csv.reader(io.StringIO(busy("list", listing.name, "--csv").stdout), strict=True)
    table = busy("list", listing.name).stdout.splitlines()
    assert [tuple(each) for each in objects] == [listing.columns] * len(objects)
    assert tuple(header) == listing.columns
    assert len(objects) == len(rows) == len(table) - 1 > 0


@EVERY
def test_the_pages_of_a_table_lead_through_the_whole_list(busy: Run, listing: Listing[Any]) -> None:
    [_, *whole] = busy("list", listing.name, "--csv").stdout.splitlines()
    after: list[str] = []
    rows: list[str] = []
    while True:
        rows += busy("list", listing.name, "--csv", "--limit", "1", *after).stdout.splitlines()[1:]
        *_, last = busy("list", listing.name, "--limit", "1", *after).stdout.splitlines()
        if not last.strip().startswith("for the next page: --after "):
            break
        after = ["--after", last.split()[-1]]
    assert rows == whole


@EVERY
def test_an_empty_list_says_so_in_a_table_alone(run: Run, listing: Listing[Any]) -> None:
    assert run("list", listing.name).stdout == f"{listing.empty}\n"
    for words, output in (("--json",), ""), (("--csv",), ",".join(listing.columns) + "\n"):
        ended = run("list", listing.name, *words)
        assert (ended.stdout, ended.stderr, ended.returncode) == (output, "", 0)


def test_a_table_leaves_out_what_is_usual(busy: Run) -> None:
    assert busy("list", "backorders").stdout.splitlines() == [
        "order  sku   qty  ordered",
        "o4     LAMP   30       30",
        "o6     SOFA    5        5",
    ]
    assert busy("list", "shipments", "--overdue").stdout.splitlines() == [
        "batch  sku   eta         overdue  status     purchased  allocated  available",
        "b3     SOFA  2001-01-01  yes      available          5          5          0",
    ]
    assert busy("list", "batches", "--sku", "LAMP").stdout.splitlines() == [
        "batch  status     eta         purchased  allocated  available  sku ",
        "b1     available  in stock          100        100          0  LAMP",
        "b2     available  2030-01-01         10          8          2  LAMP",
    ]


@pytest.mark.parametrize(
    ("words", "orders"),
    [
        (("--status", "waiting"), ["o4", "o6"]),
        (("--status", "open", "--not-late"), ["o1", "o2", "o3", "o4", "o6"]),
        (("--late",), ["o5"]),
        (("--orderid-prefix", "o2"), ["o2"]),
    ],
)
def test_filters_select_rows(busy: Run, words: tuple[str, ...], orders: list[str]) -> None:
    lines = busy("list", "orders", "--json", *words).stdout.splitlines()
    assert [json.loads(line)["orderid"] for line in lines] == orders


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("batches", "--status", "x"), "status 'x' is not one of available, blocked, cancelled"),
        (("batches", "--eta-from", "1.2.2030"), "eta_from '1.2.2030' is not a date"),
        (("batches", "--sku", ""), "sku '' is empty"),
        (("batches", "--sort", "x"), "sort 'x' is not one of ref, eta"),
        (("unshipped", "--days", "-1"), "days '-1' is not a number"),
        (("orders", "--after", "x"), "after 'x' is not a cursor"),
        (("orders", "--json", "--csv"), "choose one of --json and --csv"),
        (("orders", "--all", "--limit", "3"), "choose one of --all and --limit"),
        (("orders", "--limit", "0"), "Invalid value for '--limit'"),
        (("orders", "--sku", "LAMP"), "No such option"),
    ],
)
@pytest.mark.parametrize("way", [(), ("--csv",)])
def test_a_wrong_call_ends_with_2_and_prints_nothing(
    busy: Run, words: tuple[str, ...], message: str, way: tuple[str, ...]
) -> None:
    ended = busy("list", *words, *way)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in " ".join(ended.stderr.replace("│", " ").split())


@pytest.mark.parametrize("words", [("--all",), ("--csv",), ("--json",)])
def test_a_list_of_several_portions_is_whole(
    run: Run, tmp_path: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"b{number:03}" for number in range(250)]
    rows = (f"{name},LAMP,1," for name in names)
    assert run("import", "batches", a_file(tmp_path, *rows, header=BATCH_COLUMNS)).returncode == 0
    monkeypatch.setattr(portions, "AT_ONCE", 100)
    shown = run("list", "batches", *words).stdout
    assert [name for name in names if name in shown] == names
    assert run("list", "batches").stdout.count("LAMP") == 100


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_limit_of_several_portions_ends_with_the_next_page(
    busy: Run, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "AT_ONCE", 1)
    *first, more = busy("list", "orders", "--limit", str(limit)).stdout.splitlines()
    assert more.strip().startswith("for the next page: --after ")
    rest = busy("list", "orders", "--limit", "10", "--after", more.split()[-1]).stdout
    shown = "\n".join([*first, rest])
    assert [f"o{n}" for n in range(1, 7)] == [
        w for w in shown.split() if w[:1] == "o" and w[1:].isdigit()
    ]
    assert f"o{limit}" in "\n".join(first)
    assert f"o{limit + 1}" not in "\n".join(first)


def test_a_reader_that_has_enough_ends_the_command_quietly(
    sqlite_url: str, run: Run, tmp_path: Path
) -> None:
    rows = (f"b{number},LAMP,1," for number in range(20_000))
    assert run("import", "batches", a_file(tmp_path, *rows, header=BATCH_COLUMNS)).returncode == 0
    with subprocess.Popen(
        [COMMAND, "list", "batches", "--csv"],
        env=an_environment(ALLOCATION_DATABASE_URL=sqlite_url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        assert command.stdout.readline().startswith(b"batchref,")
        command.stdout.close()
        assert command.stderr.read() == b""
        assert command.wait(30) == 0


def test_progress_is_shown_on_a_terminal_and_not_in_a_pipe(sqlite_url: str, stocked: Run) -> None:
    assert stocked("list", "batches", "--csv").stderr == ""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [COMMAND, "list", "batches", "--csv"],
        env=an_environment(ALLOCATION_DATABASE_URL=sqlite_url, TERM="xterm"),
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as command:
        os.close(theirs)
        assert command.stdout is not None
        assert command.stdout.read().count(b"LAMP") == 2
        assert "2 rows" in everything_from(ours)
