"""`import batches --update` with any file: the batches are what it says, and a dry run says so."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.commands import Ended, allocation_here
from tests.support.databases import SQLite
from tests.support.files import BATCH_COLUMNS, a_file
from tests.support.ledger import read_ledger, verify

Counted = tuple[int, date | None]

DAYS = st.none() | st.integers(0, 3).map(lambda days: date(2030, 1, 1) + timedelta(days=days))
BATCHES = st.dictionaries(
    st.integers(0, 9).map(lambda number: f"b{number}"), st.tuples(st.integers(1, 9), DAYS)
)
COUNTS = st.dictionaries(
    st.integers(0, 11).map(lambda number: f"b{number}"), st.tuples(st.integers(0, 30), DAYS)
)
ORDERS = st.lists(st.tuples(st.sampled_from(["LAMP", "SOFA"]), st.integers(1, 7)), max_size=25)


def sku_of(ref: str) -> str:
    return "LAMP" if int(ref[1:]) % 2 else "SOFA"


def a_file_of(folder: Path, batches: dict[str, Counted]) -> Path:
    rows = (f"{ref},{sku_of(ref)},{qty},{eta or ''}" for ref, (qty, eta) in batches.items())
    return a_file(folder, *rows, header=BATCH_COLUMNS)


def after(
    known_batches: dict[str, Counted], count: dict[str, Counted]
) -> dict[str, tuple[int, str]]:
    """The quantities and dates of all batches after a count; new batches need a unit."""
    accepted = {ref: c for ref, c in count.items() if ref in known_batches or c[0]}
    return {ref: (qty, str(eta)) for ref, (qty, eta) in (known_batches | accepted).items()}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=BATCHES, orders=ORDERS, count=COUNTS)
def test_the_batches_are_what_any_count_says(
    sqlite: SQLite,
    batches: dict[str, Counted],
    orders: list[tuple[str, int]],
    count: dict[str, Counted],
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        url = sqlite.migrated(folder)

        def run(*words: str | Path) -> Ended:
            return allocation_here("import", *words, "--database", url, cwd=folder)

        run("batches", a_file_of(folder, batches))
        rows = (f"o{number},{sku},{qty}" for number, (sku, qty) in enumerate(orders))
        run("orders", a_file(folder, *rows))
        untouched, file = read_ledger(url), a_file_of(folder, count)

        dry = run("batches", file, "--update", "--dry-run")
        assert read_ledger(url) == untouched
        real = run("batches", file, "--update")

        assert (dry.returncode, dry.stdout) == (
            real.returncode,
            real.stdout.replace(" moved", " would move")
            + "This was a dry run: nothing has been changed.\n",
        )
        ledger = read_ledger(url)
        assert {
            str(batch["reference"]): (batch["purchased_quantity"], str(batch["eta"]))
            for batch in ledger.batches
        } == after(batches, count)
        assert verify(url) == []
        again = run("batches", file, "--update")
        refused = sum(ref not in batches and not qty for ref, (qty, _) in count.items())
        same = f"{len(count) - refused} same, " if len(count) > refused else ""
        assert f": {same}{refused} refused\n" in again.stdout
        assert read_ledger(url) == ledger
