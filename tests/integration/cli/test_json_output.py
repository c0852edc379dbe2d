"""`--json`: what a command prints for people, it prints for programs as well."""

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.integration.cli.conftest import Execute, Run
from tests.support.every_command import COMMANDS
from tests.support.files import BATCH_COLUMNS, a_file

WITHOUT_JSON: Final = {
    "serve": "prints its log, which is JSON with --log-format json",
    "send": "prints a line of JSON anyway",
    "demo": "prints what happens in the shop until it is interrupted",
}

CALLS: Final[Mapping[str, str]] = {
    "set-quantity": "b1 50",
    "set-eta": "b2 2030-02-01",
    "receive": "b2 4 --as b2a",
    "block": "b1",
    "unblock": "b1",
    "cancel-batch": "b1",
    "ship": "o1",
    "unship": "shipped LAMP",
    "change": "o1 LAMP 50",
    "cancel": "o1 LAMP",
    "availability": "LAMP --qty 5",
    "explain": "o1",
    "verify": "",
    "flow": "",
    "top": "--once",
    "list batches": "",
    "list products": "",
    "list orders": "",
    "list backorders": "",
    "list shipments": "",
    "list late": "",
    "list unshipped": "",
    "show sku": "LAMP",
    "show batch": "b1",
    "show order": "o1",
    "show moves": "k1",
    "log show": "k1",
    "log prune": "--keep-days 30",
    "log unfinished": "",
    "tick": "",
    "migrate": "",
    "backup": "copy.db",
    "restore": "earlier.db",
    "import all": "state.json.gz --database sqlite:///new.db",
    "import batches": "batches.csv --update",
    "import orders": "orders.csv",
    "import cancellations": "cancellations.csv",
    "import shipments": "cancellations.csv",
    "import receipts": "receipts.csv",
    "export all": "new-state.json.gz",
    "export batches": "exported.csv",
    "export orders": "exported.csv",
    "export backorders": "exported.csv",
    "export pick-list": "exported.csv",
    "dead-letters list": "",
    "dead-letters show": "DEAD",
    "dead-letters replay": "--all",
    "dead-letters discard": "DEAD",
    "keys create": "warehouse --scope stock",
    "keys rotate": "shop",
    "keys revoke": "shop",
    "keys list": "",
}


@pytest.fixture
def busy(stocked: Run, execute: Execute, tmp_path: Path) -> Run:
    """A shop with orders, a shortage, a dead letter, an access key, and files to import."""
    here = tmp_path / "here"
    rows = ("o1,LAMP,60", "o2,LAMP,45", "o3,LAMP,50", "shipped,LAMP,2")
    stocked("import", "orders", a_file(tmp_path, *rows))
    stocked("ship", "shipped")
    stocked("set-quantity", "b1", "90", "--id", "k1")
    stocked("keys", "create", "shop", "--scope", "orders")
    stocked("backup", "earlier.db")
    stocked("export", "all", "state.json.gz")
    execute("UPDATE messages SET status = 'dead', error = 'no' WHERE type = 'Digest'")
    a_file(here, "b1,LAMP,20,", "new,LAMP,5,", header=BATCH_COLUMNS).rename(here / "batches.csv")
    a_file(here, "o9,LAMP,1").rename(here / "orders.csv")
    a_file(here, "o1", header="orderid").rename(here / "cancellations.csv")
    a_file(here, "b2", header="ref").rename(here / "receipts.csv")
    return stocked


def dead_letter(run: Run) -> str:
    letters: list[dict[str, str]] = json.loads(run("dead-letters", "list", "--json").stdout)
    return letters[0]["id"]


def called(run: Run, name: str) -> list[str]:
    words = [*name.split(), *CALLS[name].split(), "--json"]
    return [dead_letter(run) if word == "DEAD" else word for word in words]


def test_every_command_that_prints_has_json() -> None:
    without = {
        name
        for name, entry in COMMANDS.items()
        if "as_json" not in inspect.signature(entry.load()).parameters
    }

    assert without == WITHOUT_JSON.keys()
    assert CALLS.keys() == COMMANDS.keys() - WITHOUT_JSON.keys()


@pytest.mark.parametrize("name", CALLS)
def test_standard_output_is_json_and_nothing_else(busy: Run, name: str) -> None:
    ended = busy(*called(busy, name))

    assert ended.returncode == 0, ended.stderr
    for line in ended.stdout.splitlines():
        assert isinstance(json.loads(line), dict | list)
    if not name.startswith("list "):
        assert len(ended.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("set-quantity b1 50", "BatchQuantityChanged ref=b1 qty=50"),
        ("set-eta b2 2030-02-01", "BatchEtaChanged ref=b2 eta=2030-02-01"),
        ("receive b2 4 --as b2a", "BatchPartiallyReceived ref=b2 new_ref=b2a qty=4"),
        ("ship o1", "OrderShipped orderid=o1"),
        ("cancel o1 LAMP", "OrderLineCancelled orderid=o1 sku=LAMP"),
    ],
)
@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)], ids=["done", "dry run"])
def test_a_change_has_the_reply_of_its_message(
    busy: Run, words: str, message: str, dry_run: tuple[str, ...]
) -> None:
    dry = busy(*words.split(), "--json", "--dry-run")
    sent = json.loads(busy("send", *message.split(), "--dry-run").stdout)
    assert json.loads(dry.stdout) == sent

    real = json.loads(busy(*words.split(), "--json", *dry_run).stdout)
    assert real.keys() == (sent.keys() if dry_run else sent.keys() - {"dry_run", "complete"})


def test_a_refused_change_prints_no_json(busy: Run) -> None:
    ended = busy("set-quantity", "none", "5", "--json")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "error: Unknown batch none\n"


def test_verification_has_its_discrepancies_and_its_exit_code(busy: Run, execute: Execute) -> None:
    execute("UPDATE batches SET purchased_quantity = 7 WHERE reference = 'b2'")

    ended = busy("verify", "--json")

    report = json.loads(ended.stdout)
    assert ended.returncode == 1
    assert "b2" in {each["name"] for each in report["discrepancies"]}


def report(run: Run, *words: str) -> Any:
    return json.loads(run(*words, "--json").stdout)


def test_the_report_of_an_import_counts_rows_and_lists_what_has_changed(busy: Run) -> None:
    counted = report(busy, "import", "batches", "batches.csv", "--update")

    assert counted["rows"]["new"] == {"new": 1, "changed": 1}
    assert {each["ref"] for each in counted["changes"]} == {"b1", "new"}
    assert [each["reference"] for each in counted["missing"]["first"]] == ["b2"]
    assert (counted["dry_run"], counted["rejected"]) == (False, None)
    assert counted["lines"]["moved"]


def test_the_report_of_a_dry_run_is_that_of_the_import(busy: Run) -> None:
    words = ("import", "batches", "batches.csv", "--update")

    dry, real = report(busy, *words, "--dry-run"), report(busy, *words)

    assert dry["dry_run"]
    assert {name: dry[name] for name in ("rows", "changes", "missing")} == {
        name: real[name] for name in ("rows", "changes", "missing")
    }


def test_the_report_of_an_import_names_the_file_of_refused_rows(busy: Run, tmp_path: Path) -> None:
    ended = busy("import", "orders", a_file(tmp_path, "o1,LAMP,0"), "--json")

    counted = json.loads(ended.stdout)
    assert ended.returncode == 1
    assert counted["rows"]["refused"] == 1
    assert counted["rejected"].endswith("rows.csv.rejected.csv")


def test_an_export_to_standard_output_has_no_report_there(busy: Run) -> None:
    ended = busy("export", "orders", "-", "--json")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "name a file" in ended.stderr
