"""Replies of dry runs: the usual ones, with the order lines that would move."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, make_dataclass
from typing import Any, Final, Literal

from allocation.domain.events import Allocated, Deallocated, Event, PromiseChanged
from allocation.domain.moves import (
    Move,
    MoveCounts,
    MovePage,
    MoveSummary,
    UnitFact,
    moves_of,
)
from allocation.domain.promises import ChangedPromise, PromisePage, changed_promise
from allocation.messaging.dry_runs import DryAnswer
from allocation.messaging.registry import Incoming, Outcome, Reply, body_types

MOST_MOVES: Final = 10_000
"""The maximum number of moves, or of changed promises, that the reply of a dry run lists."""


_ADDED: Final[dict[str, Any]] = {
    "moved": list[Move],
    "dry_run": Literal[True],
    "complete": bool,
}
"""The fields that a dry run adds to the body of a reply, or replaces."""

_DRY_BODIES: Final[dict[type[Any], type[Any]]] = {}


@dataclass(frozen=True, slots=True)
class NotReached:
    """The dry run ended before this message, at its limit."""

    dry_run: Literal[True] = True
    complete: Literal[False] = False


def present(incoming: Incoming[Any], event: Event, answer: DryAnswer) -> Reply:
    """Present what an event would come to.

    Raises:
        Exception: the refusal or the failure, if there was one.
    """
    if answer.answer is None:
        return Reply(Outcome.DONE, NotReached())
    result = answer.answer.result
    moves = moves_in(answer.facts)
    listed = moves[:MOST_MOVES]
    promises = promises_in(answer.facts)
    summary = MoveSummary(
        answer.answer.id,
        MovePage(listed, None),
        _counts(answer.facts),
        lambda: PromisePage(promises[:MOST_MOVES], None),
    )
    body = incoming.present(event, result, summary if incoming.reads_facts else None).body
    complete = answer.complete and max(len(moves), len(promises)) <= MOST_MOVES
    return Reply(Outcome.DONE, _as_dry(body, listed, complete=complete))


def moves_in(facts: Iterable[object]) -> list[Move]:
    """The moves that the facts of a dry run tell of, in log order."""
    return moves_of(
        UnitFact(
            number,
            isinstance(fact, Deallocated),
            *(fact.orderid, fact.sku, fact.line, fact.qty, fact.batchref, fact.eta),
            _grown_from(fact),
        )
        for number, fact in enumerate(facts)
        if isinstance(fact, Allocated | Deallocated)
    )


def promises_in(facts: Iterable[object]) -> list[ChangedPromise]:
    """The changed promises that the facts of a dry run tell of, in log order."""
    return [changed_promise(fact) for fact in facts if isinstance(fact, PromiseChanged)]


def _grown_from(fact: Allocated | Deallocated) -> int | None:
    if isinstance(fact, Deallocated) or fact.backordered:
        return None
    return fact.before or 0


def dry_body(kind: type[Any]) -> type[Any]:
    """The type of a reply's body in a dry run: the usual fields, and those that are added."""
    if kind not in _DRY_BODIES:
        _DRY_BODIES[kind] = make_dataclass(
            f"Dry{kind.__name__}",
            list(_ADDED.items()),
            bases=(kind,),
            namespace={"__doc__": f"Dry run: {kind.__doc__}", "__module__": kind.__module__},
            frozen=True,
            kw_only=True,
        )
    return _DRY_BODIES[kind]


def dry_bodies(incoming: Incoming[Any]) -> Iterator[type[Any]]:
    """The types that the body may have in a dry run, which lists all moves and links to none."""
    for body in incoming.replies.values():
        for kind in body_types(body):
            if all((field.name, field.type) != ("next", str) for field in fields(kind)):
                yield dry_body(kind)


def _as_dry(body: Any, moves: Sequence[Move], *, complete: bool) -> object:
    usual = {field.name: getattr(body, field.name) for field in fields(body)}
    return dry_body(type(body))(**usual | {"moved": moves, "dry_run": True, "complete": complete})


def _counts(facts: Sequence[object]) -> MoveCounts:
    allocated = sum(isinstance(fact, Allocated) for fact in facts)
    return MoveCounts(sum(isinstance(fact, Deallocated) for fact in facts), allocated)
