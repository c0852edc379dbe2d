"""The shop's stock and orders come in, come in again, and then a leak spoils some of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.commands import Ended, allocation_here
from tests.support.ledger import Ledger, read_ledger
from tests.support.shop_oracle import BATCHES, ORDER_LINES

SKU: Final = "GREY-DESK-CHAIR"
REF: Final = "STOCK-49"
HELD_AFTER: Final = 32
ORDER: Final = "SO-10477"


@dataclass(frozen=True)
class Story:
    """What each command said, and what was in the tables after it."""

    batches: Ended
    orders: Ended
    imported: Ledger
    batches_again: Ended
    orders_again: Ended
    imported_again: Ledger
    change: Ended
    changed: Ledger
    sku: Ended
    order: Ended
    rejected: list[str]


def live_through(url: str, folder: Path) -> Story:
    """Run the commands one after another."""
    rejected = folder / "refused.csv"

    def run(*words: str | Path) -> Ended:
        return allocation_here(*words, "--database", url, cwd=folder)

    return Story(
        batches=run("import", "batches", BATCHES),
        orders=run("import", "orders", ORDER_LINES, "--rejected", rejected),
        imported=read_ledger(url),
        batches_again=run("import", "batches", BATCHES),
        orders_again=run("import", "orders", ORDER_LINES, "--rejected", rejected),
        imported_again=read_ledger(url),
        change=run("set-quantity", REF, str(HELD_AFTER)),
        changed=read_ledger(url),
        sku=run("show", "sku", SKU),
        order=run("show", "order", ORDER),
        rejected=rejected.read_text(encoding="utf-8").splitlines(),
    )
