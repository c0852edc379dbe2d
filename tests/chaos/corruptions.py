"""Everything that can be wrong with the records of `undisturbed`, with the expected findings."""

from collections.abc import Callable
from typing import Final

from tests.chaos.corruption import Corrupted, Which
from tests.chaos.observations import Repeat
from tests.support.clients import HttpAnswer

Corruptions = dict[str, tuple[str, Callable[[Corrupted], None]]]
"""By what is wrong: the expected finding, and the corruption."""


def message(kind: str, *, follows: bool = False, status: str = "handled") -> Which:
    """Which message of the log."""
    return lambda row: (
        (row["type"], row["status"]) == (kind, status)
        and (row["causation_id"] is not None) == follows
    )


def with_id(id: str) -> Which:
    """Which message."""
    return lambda row: bool(row["id"] == id)


def of_order(orderid: str) -> Which:
    """Which line."""
    return lambda row: bool(row["orderid"] == orderid)


def called(ref: str) -> Which:
    """Which batch."""
    return lambda row: bool(row["reference"] == ref)


def with_allocated(orderid: str) -> Which:
    """Which promise."""
    return lambda row: ALLOCATED(row) and f'"{orderid}"' in row["body"]


FOLLOW_UP = message("AllocationRequired", follows=True)
ALLOCATED = message("Allocated", follows=True)

_LOST: Final[Corruptions] = {
    "an order line is gone": (
        "the line ('LAMP', 'o1') was accepted and is not in the table",
        lambda t: t.remove("lines", of_order("o1")),
    ),
    "a line from a file is gone": (
        "the line ('LAMP', 'f1') was accepted and is not in the table",
        lambda t: t.remove("lines", of_order("f1")),
    ),
    "an order line has shrunk": (
        "the line ('LAMP', 'o1') was accepted with 4 units and has 3",
        lambda t: t.change("lines", of_order("o1"), qty=3),
    ),
    "an answered message is gone": (
        "o1 was answered with 201 and is not in the log",
        lambda t: t.remove("messages", with_id("o1")),
    ),
    "a refused message is gone": (
        "nobody was answered with 400 and is not in the log",
        lambda t: t.remove("messages", with_id("nobody")),
    ),
    "a message is another one": (
        "o1 is in the log as something else: AllocationRequired o1",
        lambda t: t.change("messages", with_id("o1"), body='{"orderid":"o1","sku":"LAMP","qty":5}'),
    ),
    "what was answered as done was refused": (
        "b1 was answered with 201 and is refused",
        lambda t: t.change("messages", with_id("b1"), status="refused"),
    ),
    "a batch is gone": (
        "the batch b2 was taken in and is not in the table",
        lambda t: t.remove("batches", called("b2")),
    ),
    "a batch is of something else": (
        "the batch b2 has other facts than were announced",
        lambda t: t.change("batches", called("b2"), initial_quantity=7),
    ),
    "a line that was taken off is forgotten": (
        "took the line ('LAMP', 'o3') off, and nothing asked for its new place",
        lambda t: t.remove("messages", lambda row: FOLLOW_UP(row) and '"o3"' in row["body"]),
    ),
    "a promise is not in the log": (
        "the line ('LAMP', 'o1') is promised more often than the log tells (1)",
        lambda t: t.remove("messages", lambda row: ALLOCATED(row) and '"o1"' in row["body"]),
    ),
    "a mail was never delivered": (
        "its mail has never been delivered",
        lambda t: t.mailed.clear(),
    ),
}

_DOUBLED: Final[Corruptions] = {
    "a follow-up was raised twice": (
        "caused the same 2 times: AllocationRequired",
        lambda t: t.add("messages", FOLLOW_UP, id="again", seq=99),
    ),
    "a key was handled twice": (
        "2 messages have the same id: ('o1',)",
        lambda t: t.add("messages", with_id("o1"), seq=99),
    ),
    "a line is there twice": (
        "2 lines have the same sku and orderid: ('LAMP', 'o1')",
        lambda t: t.add("lines", of_order("o1"), position=99, promise=99),
    ),
    "two lines have one place in the queue": (
        "2 lines have the same sku and position",
        lambda t: t.change("lines", of_order("o1"), position=2),
    ),
    "a batch is there twice": (
        "2 batches have the same reference: ('b1',)",
        lambda t: t.add("batches", called("b1")),
    ),
    "a message came from nobody": (
        "AllocationRequired o1-again (seq 99) was sent by nobody",
        lambda t: t.add("messages", with_id("o1"), id="o1-again", seq=99),
    ),
    "a line came from nobody": (
        "the line ('LAMP', 'o99') was asked for by nobody",
        lambda t: t.add("lines", of_order("o5"), orderid="o99", position=99),
    ),
    "a line was promised twice": (
        "the log promises the line ('LAMP', 'o1') more often than the table (1)",
        lambda t: t.add("messages", with_allocated("o1"), id="again", seq=99, causation_id="b1"),
    ),
    "an answer differs from the first": (
        "o1 was answered with HttpAnswer(status=201, ",
        lambda t: t.observations.repeats.append(
            Repeat(t.observations.calls[2], HttpAnswer(202, None))
        ),
    ),
    "an answer differs from the log": (
        "but the log tells {'batchref': 'b1', 'status': 'allocated'}",
        lambda t: t.answer("o1", body={"batchref": "b2", "status": "allocated"}),
    ),
    "moves were left out of an answer": (
        "shrink was answered with",
        lambda t: t.answer("shrink", body={"batchref": "b1", "qty": 5, "moved": []}),
    ),
}

_STUCK: Final[Corruptions] = {
    "a follow-up is pending": (
        "is still pending",
        lambda t: t.change("messages", FOLLOW_UP, status="pending"),
    ),
    "a mail was not carried outside": (
        "is still outgoing",
        lambda t: t.change("messages", message("OutOfStock", follows=True), status="outgoing"),
    ),
    "a mail was given up": (
        "is still dead",
        lambda t: t.change("messages", message("OutOfStock", follows=True), status="dead"),
    ),
    "a request was never answered": (
        "o1 was never answered",
        lambda t: t.observations.unanswered.append(t.observations.calls[2].operation),
    ),
    "a line waits though there is room": (
        "the line ('LAMP', 'o5') waits, though a batch has room for it",
        lambda t: t.change("batches", called("b2"), purchased_quantity=100),
    ),
}

_REORDERED: Final[Corruptions] = {
    "the cause of a follow-up is gone": (
        "follows from shrink, which is not in the log",
        lambda t: t.remove("messages", with_id("shrink")),
    ),
    "a follow-up stands before its cause": (
        "AllocationRequired",
        lambda t: t.swap("messages", with_id("shrink"), FOLLOW_UP, "seq"),
    ),
    "two messages of one caller have changed places": (
        "was sent after AllocationRequired o1",
        lambda t: t.swap("messages", with_id("o1"), with_id("o2"), "seq"),
    ),
    "two lines have changed places in the queue": (
        "the line ('LAMP', 'o2') came after ('LAMP', 'o1'), and stands before it in the queue",
        lambda t: t.swap("lines", of_order("o1"), of_order("o2"), "position"),
    ),
    "a batch holds what an earlier message said": (
        "the batch b1 holds 10, but the last word is BatchQuantityChanged shrink",
        lambda t: t.change("batches", called("b1"), purchased_quantity=10),
    ),
    "a line is on another batch than it was promised from last": (
        "the line ('LAMP', 'o1') is on b2, but the last word is Allocated",
        lambda t: t.change("lines", of_order("o1"), batchref="b2"),
    ),
}

_OVERSOLD: Final[Corruptions] = {
    "a counter is off": (
        "the batch b1 counts 5 units promised, its lines 4",
        lambda t: t.change("batches", called("b1"), allocated_quantity=5),
    ),
    "more is promised than there is": (
        "the batch b1 holds 3 units, of 4 promised",
        lambda t: t.change("batches", called("b1"), purchased_quantity=3),
    ),
    "a counter is below nothing": (
        "the batch b2 holds 10 units, of ",
        lambda t: t.change("batches", called("b2"), allocated_quantity=-1),
    ),
    "a line is promised from another sku": (
        "the line ('LAMP', 'o1') is promised from another sku",
        lambda t: t.change("batches", called("b1"), sku="CHAIR"),
    ),
}

_WRONG: Final[Corruptions] = {
    "a server answered with 500": (
        "o1 was answered with HttpAnswer(status=500",
        lambda t: t.answer("o1", status=500),
    ),
    "a server fell": (
        "ended by itself: 1",
        lambda t: t.faults.append("ended by itself: 1"),
    ),
}

CORRUPTIONS: Final[dict[str, Corruptions]] = {
    "lost": _LOST,
    "doubled": _DOUBLED,
    "stuck": _STUCK,
    "reordered": _REORDERED,
    "oversold": _OVERSOLD,
    "wrong": _WRONG,
}
"""By the kind of what must be found."""
