"""A day on which nothing goes wrong: what the audit must find nothing in.

batch  units   promised
b1        10   o1 4, o2 4, o3 2, and holds 5 later: o3 and o2 are taken off
b2        10   o4 6, then o2
waiting        o5 20, and o3

Of another product, every other message is sent:

d1             5   p1 4 was shipped, and 1 unit of it has come back; p2 1 was cancelled
d2            10   p4 5, after a part has arrived as d3
d3             5   p3 3, which was 2 on d4 until that was blocked, and p4 1
d4             5   cancelled in the end
"""

from pathlib import Path
from typing import Any, Final

from tests.chaos.audit import Records
from tests.chaos.observations import Observations
from tests.chaos.rig.clients import Caller, ask_everything_again
from tests.chaos.rig.fleet import a_fleet
from tests.chaos.rig.followers import followers_of, following, until_all_have_followed
from tests.chaos.rig.mail_server import UnreliableMailServer
from tests.chaos.rig.unfinished import until_all_is_done
from tests.chaos.workload import Inventory, Operation
from tests.support.clients import Request
from tests.support.commands import allocation_here
from tests.support.ledger import read_ledger

SKU: Final = "LAMP"
OTHER_SKU: Final = "DESK"
FILE: Final = [{"orderid": "f1", "sku": SKU, "qty": "30"}]


def what_an_undisturbed_day_leaves(url: str, folder: Path) -> Records:
    """The records of that day, from a real server."""
    harness, observations = UnreliableMailServer(), Observations()
    harness.open()
    try:
        with a_fleet(1, url, folder, harness.settings) as fleet:
            followers = followers_of(fleet.addresses, observations, 1)
            caller = Caller("c1", fleet.addresses, Inventory(()), observations, 1)
            caller.do_all(_operations())
            _import(url, folder, observations, harness.settings)
            until_all_is_done(url)
            ask_everything_again(list(observations.calls), fleet.addresses, observations)
            with following(followers):
                assert until_all_have_followed(followers, read_ledger(url).messages[-1]["seq"])
            return Records(read_ledger(url), observations, harness.message_ids, fleet.faults)
    finally:
        harness.close()


def _operations() -> list[Operation]:
    return [*_of_the_first_product(), *_of_the_other_product()]


def _of_the_first_product() -> list[Operation]:
    lines = {"o1": 4, "o2": 4, "o3": 2, "o4": 6, "o5": 20}
    change = Request("/change_batch_quantity", {"ref": "b1", "qty": 5, "reason": None}, "shrink")
    return [
        *(_batch(ref) for ref in ("b1", "b2")),
        *(_line(orderid, SKU, qty, 202 if qty == 20 else 201) for orderid, qty in lines.items()),
        Operation(change, SKU, frozenset({200})),
        _line("nobody", "NO-SUCH", 1, 400),
    ]


def _of_the_other_product() -> list[Operation]:
    """One operation of each kind."""
    p1, p2, p3 = ({"orderid": orderid, "sku": OTHER_SKU} for orderid in ("p1", "p2", "p3"))
    changes: list[tuple[str, dict[str, Any]]] = [
        ("ship_order", {"orderid": "p1"}),
        ("unship_order_line", {**p1, "qty": 1}),
        ("ship_order_line", p1),
        ("unship_order_line", {**p1, "qty": 1}),
        ("cancel_order_line", p2),
        ("cancel_order", {"orderid": "p2"}),
        ("change_order_line", {**p3, "qty": 3}),
        ("change_batch_eta", {"ref": "d2", "eta": "2030-02-10", "reason": "customs"}),
        ("receive_batch_part", {"ref": "d2", "new_ref": "d3", "qty": 5}),
        ("block_batch", {"ref": "d4", "reason": "recall"}),
        ("unblock_batch", {"ref": "d4"}),
        ("cancel_batch", {"ref": "d4"}),
    ]
    return [
        *(_batch(ref, OTHER_SKU, 5) for ref in ("d1", "d4")),
        _batch("d2", OTHER_SKU, 10, "2030-01-05"),
        *(
            _line(id, OTHER_SKU, qty, 201)
            for id, qty in {"p1": 4, "p2": 1, "p3": 2, "p4": 6}.items()
        ),
        *(
            Operation(Request(f"/{verb}", body, f"change-{n}"), OTHER_SKU, frozenset({200}))
            for n, (verb, body) in enumerate(changes)
        ),
    ]


def _batch(ref: str, sku: str = SKU, qty: int = 10, eta: str | None = None) -> Operation:
    body = {"ref": ref, "sku": sku, "qty": qty, "eta": eta}
    return Operation(Request("/add_batch", body, ref), sku, frozenset({201}))


def _line(orderid: str, sku: str, qty: int, status: int) -> Operation:
    body: dict[str, Any] = {"orderid": orderid, "sku": sku, "qty": qty}
    return Operation(Request("/allocate", body, orderid), sku, frozenset({status}))


def _import(url: str, folder: Path, observations: Observations, settings: dict[str, str]) -> None:
    path = folder / "file.csv"
    path.write_text("orderid,sku,qty\n" + "".join(",".join(row.values()) + "\n" for row in FILE))
    ended = allocation_here("import", "orders", path, "--database", url, cwd=folder)
    assert ended.returncode == 0, ended.stderr
    observations.note_imported(FILE)
