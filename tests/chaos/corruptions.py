"""Everything that can be wrong with the records of `undisturbed`, by what the audit must say."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.chaos.audit import Records
from tests.chaos.observations import FollowedEvent, Observations, Repeat
from tests.support.clients import HttpAnswer
from tests.support.ledger import Ledger, Row

Which = Callable[[Row], bool]


@dataclass
class Corrupted:
    """A copy of records that can be changed in any way."""

    ledger: Ledger
    observations: Observations
    mailed: list[str]
    faults: list[str]
    discrepancies: list[str]

    @classmethod
    def copy_of(cls, records: Records) -> "Corrupted":
        """Not yet changed."""
        observations, noted = Observations(), records.observations
        observations.calls, observations.repeats = list(noted.calls), list(noted.repeats)
        observations.imported = list(noted.imported)
        observations.followed = {name: [*events] for name, events in noted.followed.items()}
        return cls(copy.deepcopy(records.ledger), observations, list(records.mailed or ()), [], [])

    @property
    def records(self) -> Records:
        """What the audit is given."""
        return Records(
            self.ledger,
            self.observations,
            self.mailed,
            self.faults,
            discrepancies=self.discrepancies,
        )

    def rows(self, table: str) -> list[Row]:
        """All rows of a table."""
        rows: list[Row] = getattr(self.ledger, table)
        return rows

    def first(self, table: str, which: Which) -> Row:
        """The first such row."""
        return next(row for row in self.rows(table) if which(row))


Corruption = Callable[[Corrupted], None]


def changed(table: str, which: Which, **new: Any) -> Corruption:
    """The first such row has other values."""
    return lambda t: t.first(table, which).update(new)


def removed(table: str, which: Which) -> Corruption:
    """The first such row is gone."""
    return lambda t: t.rows(table).remove(t.first(table, which))


def added(table: str, which: Which, **new: Any) -> Corruption:
    """There is another row like the first such row, but for these values."""
    return lambda t: t.rows(table).append({**t.first(table, which), **new})


def swapped(table: str, one: Which, other: Which, name: str) -> Corruption:
    """Two rows have each other's value."""

    def swap(t: Corrupted) -> None:
        first, second = t.first(table, one), t.first(table, other)
        first[name], second[name] = second[name], first[name]
        t.rows(table).sort(key=lambda row: row.get("seq", 0))

    return swap


def answered(key: str, **new: Any) -> Corruption:
    """A caller has been told something else."""

    def answer(t: Corrupted) -> None:
        calls = t.observations.calls
        place = next(n for n, call in enumerate(calls) if call.key == key)
        calls[place] = replace(calls[place], answer=replace(calls[place].answer, **new))

    return answer


def repeated_with_another_answer(t: Corrupted) -> None:
    """A repeat of an answered request."""
    t.observations.repeats.append(Repeat(t.observations.calls[2], HttpAnswer(202, None)))


def of_follower(follower: str, change: Callable[[list[FollowedEvent]], Any]) -> Corruption:
    """A follower of the feed has been told something else."""
    return lambda t: change(t.observations.followed[follower])


def message(kind: str, *, follows: bool = True, about: str = "") -> Which:
    """Which message of the log."""
    return lambda row: (
        (row["type"], row["status"]) == (kind, "handled")
        and (row["causation_id"] is not None) == follows
        and about in row["body"]
    )


def named(column: str, name: str) -> Which:
    """Which row."""
    return lambda row: bool(row[column] == name)


B1, B2 = named("reference", "b1"), named("reference", "b2")
D1, D2, D3, D4 = (named("reference", f"d{number}") for number in (1, 2, 3, 4))
O1, O2, O5 = (named("orderid", orderid) for orderid in ("o1", "o2", "o5"))
P1, P4 = named("orderid", "p1"), named("orderid", "p4")
SENT_B1, SENT_O1, SENT_O2, SHRINK, REFUSED = (
    named("id", id) for id in ("b1", "o1", "o2", "shrink", "nobody")
)
FOLLOW_UP, OF_O3 = message("AllocationRequired"), message("AllocationRequired", about='"o3"')
PROMISE = message("Allocated", about='"o1"')
SHIPMENT = message("Shipped", about='"p1"')
MAIL = message("Digest")
OTHER_BODY = '{"orderid":"o1","sku":"LAMP","qty":5}'

CORRUPTIONS: Final[dict[str, dict[str, Corruption]]] = {
    "lost": {
        "('LAMP', 'o1', '') was accepted and is not in the table": removed("lines", O1),
        "('LAMP', 'f1', '') was accepted and is not": removed("lines", named("orderid", "f1")),
        "('LAMP', 'o1', '') was accepted with 4 units and has 3": changed("lines", O1, qty=3),
        "o1 was answered with 201 and is not in the log": removed("messages", SENT_O1),
        "nobody was answered with 400 and is not in the log": removed("messages", REFUSED),
        "o1 is in the log as something else": changed("messages", SENT_O1, body=OTHER_BODY),
        "b1 was answered with 201 and is refused": changed("messages", SENT_B1, status="refused"),
        "the batch b2 was taken in and is not in the table": removed("batches", B2),
        "b2 has other facts than were announced": changed("batches", B2, initial_quantity=7),
        "('LAMP', 'o3', '') off, and nothing asked for its new place": removed("messages", OF_O3),
        "has more units allocated than the log tells (4)": removed("messages", PROMISE),
        "has more units shipped than the log tells (4)": removed("messages", SHIPMENT),
        "the batch d3 was taken in and is not": removed("batches", D3),
        "is handled and no digest has it": removed("messages", MAIL),
        "its mail has never been delivered": lambda t: t.mailed.clear(),
    },
    "doubled": {
        "the same 2 times: AllocationRequired": added("messages", FOLLOW_UP, id="again", seq=999),
        "2 messages have the same id: ('o1',)": added("messages", SENT_O1, seq=999),
        "and part: ('LAMP', 'o1', '', 0)": added("lines", O1, position=999, promise=999),
        "2 lines have the same sku and position": changed("lines", O1, position=2),
        "2 batches have the same reference: ('b1',)": added("batches", B1),
        "again (seq 999) was sent by nobody": added("messages", SENT_O1, id="again", seq=999),
        "'o99', '') was asked for by nobody": added("lines", O5, orderid="o99", position=999),
        "allocated of the line ('LAMP', 'o1', '') than it has (4)": added(
            "messages", PROMISE, id="again", seq=999, causation_id="b1"
        ),
        "shipped of the line ('DESK', 'p1', '') than it has (4)": added(
            "messages", SHIPMENT, id="again", seq=999, causation_id="b1"
        ),
        "o1 was answered with HttpAnswer(status=201, ": repeated_with_another_answer,
        "the log tells {'batchref': 'b1', 'status': 'allocated'}": answered(
            "o1", body={"batchref": "b2", "status": "allocated"}
        ),
        "shrink was answered with": answered(
            "shrink", body={"batchref": "b1", "qty": 5, "moved": []}
        ),
    },
    "stuck": {
        "is still pending": changed("messages", FOLLOW_UP, status="pending"),
        "is still outgoing": changed("messages", MAIL, status="outgoing"),
        "is still dead": changed("messages", MAIL, status="dead"),
        "o1 was never answered": lambda t: t.observations.unanswered.append(
            t.observations.calls[2].operation
        ),
        "nobody has told p1 that": changed("lines", P1, stale_batchref="d1"),
        "'o5', '') waits, though a batch has room": changed("batches", B2, purchased_quantity=100),
    },
    "reordered": {
        "follows from shrink, which is not in the log": removed("messages", SHRINK),
        "AllocationRequired": swapped("messages", SHRINK, FOLLOW_UP, "seq"),
        "sent after AllocationRequired o1": swapped("messages", SENT_O1, SENT_O2, "seq"),
        "came after ('LAMP', 'o1', ''), and stands before": swapped("lines", O1, O2, "position"),
        "holds 10, but the last word is Batch": changed("batches", B1, purchased_quantity=10),
        "is allocated on b2, but the last word is Allocated": changed("lines", O1, batchref="b2"),
        "is shipped on d3, but the last word is Allocated": changed("lines", P1, batchref="d3"),
        "d2 is due on None, but the last word is 2030-02-10": changed("batches", D2, eta=None),
        "the batch d3 should be ": changed("batches", D3, blocked=True),
        "the batch d4 should be ": changed("batches", D4, cancelled=False),
    },
    "oversold": {
        "counts 5 units promised, its lines 4": changed("batches", B1, allocated_quantity=5),
        "b1 holds 3 units, of 4 promised": changed("batches", B1, purchased_quantity=3),
        "b2 holds 10 units, of ": changed("batches", B2, allocated_quantity=-1),
        "('LAMP', 'o1') is promised from another sku": changed("batches", B1, sku="CHAIR"),
        "('DESK', 'p1') is promised from another sku": changed("batches", D1, sku="CHAIR"),
        "the batch d3 is blocked, and 4 units": changed("batches", D3, blocked=True),
        "the batch d3 is cancelled, and holds 5 units": changed("batches", D3, cancelled=True),
    },
    "unexplained": {
        "the batch d1 has (3, 1) units": changed("batches", D1, purchased_quantity=3),
        "the batch d1 has (2, 0) units": changed("batches", D1, allocated_quantity=0),
        "('DESK', 'p4', '') has 9 units in its parts": changed("lines", P4, qty=4),
        "('DESK', 'p4', '') has several parts in one place": changed("lines", P4, batchref="d2"),
        "verify says so": lambda t: t.discrepancies.append("verify says so"),
    },
    "wrong": {
        "o1 was answered with HttpAnswer(status=500": answered("o1", status=500),
        "was answered with 410": lambda t: t.observations.refused_followers.append(
            "stream-1 was answered with 410"
        ),
        "ended by itself: 1": lambda t: t.faults.append("ended by itself: 1"),
    },
    "missing": {
        "stream-1 was not told of BatchCreated b1": of_follower(
            "stream-1", lambda events: events.pop(0)
        ),
        "poll-2 was not told of ": of_follower("poll-2", lambda events: events.pop()),
    },
    "repeated": {
        "cursor-1 was told of b1 2 times": of_follower("cursor-1", lambda e: e.append(e[0])),
    },
    "misordered": {
        "after place ": of_follower("stream-2", lambda events: events.reverse()),
        "stream-1 was told of b1 (1) after place ": of_follower(
            "stream-1", lambda e: e.append(e[0])
        ),
    },
    "altered": {
        "which is not in the log": removed("messages", SENT_B1),
        "in the log": of_follower("poll-1", lambda e: e.append(e.pop()._replace(body="{}"))),
    },
}
"""By the kind of a finding, and a part of it: how it is brought about."""
