"""What the commands say, and how they end."""

import json
import subprocess
from pathlib import Path

import pytest

from allocation.adapters.sql.migrate import HEAD
from allocation.errors import StoreUnavailable
from allocation.messaging.outbox import OutboxRelay
from tests.integration.cli.conftest import Run
from tests.support.commands import COMMAND, allocation_here
from tests.support.files import BATCH_COLUMNS, a_file
from tests.support.ledger import read_ledger

LONG = "a-very-long-" * 20


@pytest.mark.parametrize(
    "words",
    [
        *(("--help",), ("serve", "--help"), ("migrate", "--help"), ("set-quantity", "--help")),
        *(("import", "--help"), ("import", "batches", "--help"), ("import", "orders", "--help")),
        *(("show", "--help"), ("show", "sku", "--help"), ("show", "order", "--help")),
        *(("send", "--help"), ("log", "show", "--help")),
    ],
)
def test_every_command_has_help(run: Run, words: tuple[str, ...]) -> None:
    ended = run(*words)

    assert ended.returncode == 0
    assert f"{' '.join(words[:-1])} [OPTIONS]" in ended.stdout


@pytest.mark.parametrize(
    "words",
    [
        *(("no-such",), ("set-quantity",), ("set-quantity", "b1"), ("set-quantity", "b1", "ten")),
        *(("import", "orders"), ("import", "orders", "no-such.csv"), ("import", "orders", ".")),
        *(
            ("show", "sku"),
            ("show", "sku", "a", "b"),
            ("log", "show"),
            ("serve", "--port", "70000"),
        ),
    ],
)
def test_a_wrong_call_ends_with_2(run: Run, words: tuple[str, ...]) -> None:
    ended = run(*words)

    assert ended.returncode == 2
    assert ended.stderr
    assert "Traceback" not in ended.stderr


def test_set_quantity_prints_moved_lines_and_unsent_mails(stocked: Run, tmp_path: Path) -> None:
    stocked("import", "orders", a_file(tmp_path, "o1,LAMP,60", "o2,LAMP,8", "o3,LAMP,32"))

    ended = stocked("set-quantity", "b1", "65")

    assert ended.returncode == 0
    first, second, *rows = ended.stdout.splitlines()
    assert first == "b1 holds 65 now."
    assert second == "2 order lines moved: 1 reallocated, 1 waiting."
    assert [row.rstrip() for row in rows] == [
        "order  sku   qty  from  to       due before  due now",
        "o2     LAMP    8  b1    b2       in stock    2030-01-01",
        "o3     LAMP   32  b1    waiting  in stock",
    ]
    assert ended.stderr == (
        "2 e-mails wait to be sent by `allocation serve`, or by a command with"
        " ALLOCATION_SMTP_URL; see `allocation log unfinished`.\n"
    )
    assert stocked("show", "sku", "LAMP").stderr == ""


def test_set_quantity_in_the_singular_and_of_nothing(stocked: Run, tmp_path: Path) -> None:
    stocked("import", "orders", a_file(tmp_path, "o1,LAMP,60"))

    assert stocked("set-quantity", "b1", "100").stdout == (
        "b1 holds 100 now.\nNothing else moved.\n"
    )
    assert stocked("set-quantity", "b1", "0").stdout.startswith(
        "b1 holds 0 now.\n1 order line moved: 1 waiting.\n"
    )


def test_set_quantity_lists_the_first_of_many_lines_and_counts_all(
    stocked: Run, tmp_path: Path
) -> None:
    stocked("set-quantity", "b1", "101")
    stocked("import", "orders", a_file(tmp_path, *(f"o{n},LAMP,1" for n in range(101)), "o,LAMP,9"))

    first, counts, *rows = stocked("set-quantity", "b1", "0", "--id", "a fire").stdout.splitlines()

    assert first == "b1 holds 0 now."
    assert counts == "101 order lines were deallocated, 1 allocated."
    assert len(rows) == 1 + 100 + 1
    assert rows[-1] == "These are the first 100; `allocation show moves 'a fire'` lists all."


def test_the_lines_that_a_message_has_moved_are_listed_in_pages(
    stocked: Run, tmp_path: Path
) -> None:
    stocked("import", "orders", a_file(tmp_path, *(f"o{n},LAMP,32" for n in range(3))))
    stocked("set-quantity", "b1", "0", "--id", "fire")

    first = stocked("show", "moves", "fire", "--limit", "2").stdout.splitlines()
    assert [row.split()[0] for row in first[1:3]] == ["o0", "o1"]
    cursor = first[-1].rpartition(" ")[2]
    _, row = stocked("show", "moves", "fire", "--after", cursor).stdout.splitlines()
    assert row.split()[:5] == ["o2", "LAMP", "32", "b1", "waiting"]
    nothing = stocked("show", "moves", "flood").stdout
    assert nothing == "No order line has moved because of flood.\n"


def test_set_quantity_records_its_reason_with_every_released_line(
    stocked: Run, sqlite_url: str, tmp_path: Path
) -> None:
    stocked("set-quantity", "b1", "300")
    stocked("import", "orders", a_file(tmp_path, *(f"o{n},LAMP,1" for n in range(300))))

    assert stocked("set-quantity", "b1", "0", "--reason", "leak in the roof").returncode == 0

    log = read_ledger(sqlite_url).messages
    bodies = [json.loads(row["body"]) for row in log if row["type"] == "Deallocated"]
    assert [body["reason"] for body in bodies] == ["leak in the roof"] * 300


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("set-quantity", "no-such", "5"), "Unknown batch no-such"),
        (("set-quantity", "b1", "-1"), "qty -1 is less than 0"),
        (("set-quantity", "b1", "1000000001"), "qty 1000000001 is more than 1,000,000,000"),
        (("set-quantity", "", "5"), "ref '' is empty"),
        (("set-quantity", "[/b]", "5"), "Unknown batch [/b]"),
        (("set-quantity", "b1", "5", "--reason", ""), "reason '' is empty"),
        (("show", "sku", "LAMP", "--after", "b9"), "Unknown batch b9"),
        *((("show", "sku", name), f"Unknown sku {name}") for name in ("SOFA", "[red]x")),
        (("show", "order", "o9"), "Unknown order o9"),
        *((("show", kind, "\udcff"), rf"Unknown {kind} \udcff") for kind in ("sku", "order")),
        *((("show", kind, "a\x00b"), rf"Unknown {kind} a\x00b") for kind in ("sku", "order")),
    ],
)
def test_a_command_that_is_refused_ends_with_1_and_changes_nothing(
    stocked: Run, sqlite_url: str, words: tuple[str, ...], message: str
) -> None:
    before = read_ledger(sqlite_url).state

    ended = stocked(*words)

    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"error: {message}\n")
    assert read_ledger(sqlite_url).state == before


def test_show_lists_batches_and_lines(stocked: Run, tmp_path: Path) -> None:
    stocked("import", "orders", a_file(tmp_path, "o1,LAMP,100", "o2,LAMP,10", "o3,LAMP,40"))

    product = [row.split() for row in stocked("show", "sku", "LAMP").stdout.splitlines()]
    assert product == [
        ["LAMP:", "2", "batches,", "1", "line", "waiting"],
        ["batch", "eta", "purchased", "allocated", "available"],
        ["b1", "in", "stock", "100", "100", "0"],
        ["b2", "2030-01-01", "10", "10", "0"],
        ["waiting", "order", "qty"],
        ["o3", "40"],
    ]
    lines = [
        stocked("show", "order", order).stdout.splitlines()[1].split() for order in ("o2", "o3")
    ]
    assert lines == [["LAMP", "10", "allocated", "b2", "2030-01-01"], ["LAMP", "40", "waiting"]]


def test_a_long_queue_is_shown_in_part_and_counted_whole(stocked: Run, tmp_path: Path) -> None:
    lines = (f"o{number},LAMP,200" for number in range(103))
    stocked("import", "orders", a_file(tmp_path, *lines))

    output = stocked("show", "sku", "LAMP").stdout

    assert "and 3 more; 20,600 units in all" in " ".join(output.split())


def test_batches_are_shown_a_page_at_a_time_and_counted_whole(stocked: Run, tmp_path: Path) -> None:
    first = stocked("show", "sku", "LAMP", "--limit", "1").stdout
    rest = stocked("show", "sku", "LAMP", "--limit", "1", "--after", "b1").stdout

    assert first.splitlines()[0] == "LAMP: 2 batches, 0 lines waiting"
    assert "b2" not in first
    assert first.rstrip().endswith("for the next page: --after b1")
    assert rest.splitlines()[2].split()[0] == "b2"
    assert "--after" not in rest


def test_long_and_odd_names_are_shown_as_they_are(stocked: Run, tmp_path: Path) -> None:
    odd = ":bug: [bold]o/1[/bold]"
    stocked("import", "orders", a_file(tmp_path, f"{LONG},LAMP,60", f"{odd},LAMP,40"))

    output = stocked("set-quantity", "b1", "0").stdout
    assert LONG in output
    assert odd in output
    assert odd in stocked("show", "sku", "LAMP").stdout
    assert "waiting" in stocked("show", "order", odd).stdout


def test_migrate_makes_the_tables_and_does_so_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/stock.db"

    first, second = (allocation_here("migrate", "--database", url, cwd=tmp_path) for _ in range(2))

    assert first == second
    assert (first.returncode, first.stdout) == (0, f"The database is at revision {HEAD}.\n")
    assert read_ledger(url).state == ([], [], [])


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "there is no database allocation.db"),  # as if it were not said: the default
        *((url, "sqlite:///PATH") for url in ("nonsense", "sqlite://", "sqlite:///:memory:")),
        ("sqlite:////proc/no/such.db", "the directory /proc/no of the database does not exist"),
        ("sqlite:///\udcff.db", "is not UTF-8 text"),
        ("sqlite:///x%00y.db", "contains a zero byte"),
        ("mysql://someone:secret@localhost/stock", "stock"),
        ("mysql://localhost/stock?password=secret", "stock"),
        ("postgresql://someone:secret@127.0.0.1:port/stock", "stock"),
        ("postgresql://someone:secret@127.0.0.1:1/stock?no=such", "stock"),
        ("postgresql://127.0.0.1:1/stock?password=secret&connect_timeout=1", "stock"),
        ("postgresql://a\udcff@127.0.0.1:1/x", "is not UTF-8 text"),
        (f"postgresql://{'h' * 99}.example:1/x", "has an invalid host name"),
        ("postgresql://127.0.0.1:1/x%00y", "contains a zero byte"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_line_of_error_without_its_password(
    tmp_path: Path, url: str, why: str
) -> None:
    ended = allocation_here("show", "sku", "LAMP", "--database", url, cwd=tmp_path)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1
    assert why in ended.stderr
    assert "secret" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"x", b"no database at all, but some text" * 99, None])
def test_a_file_or_a_folder_that_is_no_database_is_an_error(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "text.db"
    path.mkdir() if content is None else path.write_bytes(content)

    ended = allocation_here("show", "sku", "LAMP", "--database", "sqlite:///text.db", cwd=tmp_path)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "error: text.db is not a SQLite database\n"
    assert content is None or path.read_bytes() == content


def test_the_option_goes_before_the_environment(stocked: Run, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path}/other.db"

    assert stocked("migrate", "--database", other).returncode == 0
    assert stocked("show", "sku", "LAMP").returncode == 0
    assert stocked("show", "sku", "LAMP", "--database", other).returncode == 1
    assert stocked("show", "sku", "LAMP", ALLOCATION_DATABASE_URL=other).returncode == 1


def test_commands_that_only_read_create_no_database(tmp_path: Path) -> None:
    """Else a mistyped name would look like a shop in which all is well."""
    for words in (
        *(("show", "sku", "LAMP"), ("set-quantity", "b1", "5"), ("dead-letters", "list")),
        *(("verify",), ("log", "unfinished"), ("log", "prune", "--keep-days", "7")),
        ("log", "show", "m1"),
    ):
        ended = allocation_here(*words, "--database", "sqlite:///typo.db", cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "there is no database typo.db" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_command_runs_with_its_output_closed(
    stocked: Run, sqlite_url: str, tmp_path: Path
) -> None:
    """As when it is started with its output closed."""
    command = f"exec {COMMAND} show sku LAMP --database {sqlite_url} >&- 2>&-"
    ended = subprocess.run(["sh", "-c", command], cwd=tmp_path, timeout=60, check=False)
    assert ended.returncode == 0


def test_a_count_of_one_is_printed_in_the_singular(run: Run, tmp_path: Path) -> None:
    ended = run("import", "batches", a_file(tmp_path, "b1,LAMP,9,", header=BATCH_COLUMNS))
    assert ended.stdout == "1 batch: 1 imported, 0 refused\n"
    run("import", "orders", a_file(tmp_path, "o1,LAMP,10"))
    assert run("show", "sku", "LAMP").stdout.startswith("LAMP: 1 batch, 1 line waiting\n")


def test_a_success_stays_one_when_the_mail_cannot_be_written_off(
    stocked: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: OutboxRelay, _most: int) -> int:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(OutboxRelay, "run", fail)
    ended = stocked(
        *("set-quantity", "b1", "65"),
        ALLOCATION_SMTP_URL="smtp://127.0.0.1",
        ALLOCATION_STOCK_EMAIL="buyers@shop.example",
    )

    assert ended.returncode == 0
    assert "warning: e-mail stays in the log for now: the disk is full" in ended.stderr
