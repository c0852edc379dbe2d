"""A dry run of the first rows of a file: what they would come to."""

from collections.abc import Callable, Sequence
from itertools import accumulate, islice
from typing import Final, NamedTuple

from allocation.bootstrap import Application, DryAnswer
from allocation.domain.events import AllocationRequired, Event
from allocation.entrypoints.dry_replies import dry_reply
from allocation.entrypoints.files import using
from allocation.entrypoints.importing.imports import Import
from allocation.entrypoints.importing.moved_lines import Effect
from allocation.entrypoints.importing.plans import Plan, messages_of
from allocation.entrypoints.importing.portions import LARGEST_PORTION
from allocation.views import ChangedPromise, Move

UNLIMITED: Final = 2**63
"""A number of rows that no file has."""

Try = Callable[[Sequence[Event], Sequence[str] | None], Sequence[DryAnswer]]
"""Makes a dry run of messages with their idempotency keys, if they have any."""


class TrialLimits(NamedTuple):
    """How much of a file is tried.

    Attributes:
        messages: the maximum number of messages.
        rows: the maximum number of rows: a count may have very many that change nothing.
        check: called before each portion of rows; it raises if the trial is to stop.
    """

    messages: int
    rows: int = UNLIMITED
    check: Callable[[], None] = lambda: None


class TriedRows(NamedTuple):
    """What the first rows of a file would come to.

    Attributes:
        is_whole: whether these are all rows of the file.
        effect: what they would do to order lines, besides the new ones of the file.
    """

    is_whole: bool
    effect: Effect


def try_rows(run: Import, parts: Application, answers_to: Try, limits: TrialLimits) -> TriedRows:
    """Make one dry run of the first rows, and count them.

    Raises:
        Exception: what the check of the limits has raised.
        UnusableFile: reading the file failed.
        MessagingError: a message cannot be handled now.
    """
    plans, are_all = _first_plans(run, limits)
    events, ids = messages_of(plans)
    answers = answers_to(events, ids)
    given = [each.answer for each in answers if each.answer is not None]
    reached = _reached(plans, len(given))
    run.count(reached, given)
    moves, promises, complete = _other_moves(parts, events, answers)
    is_whole = are_all and len(reached) == len(plans)
    complete &= are_all
    return TriedRows(is_whole, Effect.of_trial(moves, promises, parts.today(), complete=complete))


def _first_plans(run: Import, limits: TrialLimits) -> tuple[list[Plan], bool]:
    """The plans of the first rows within the limits, and whether these are all rows.

    Rows that change nothing, such as those of a count that are the same, are counted at once.
    """
    path, rows = run.file.path, run.file.table.rows()
    plans, messages, count = list[Plan](), 0, 0
    while messages < limits.messages and count < limits.rows:
        limits.check()
        most = min(LARGEST_PORTION, limits.messages - messages, limits.rows - count)
        with using(path):
            portion = list(islice(rows, most))
        if not portion:
            return plans, True
        count += len(portion)
        planned = run.plan(portion)
        changing = [plan for plan in planned if plan.events or plan.reason]
        run.count([plan for plan in planned if not plan.events and not plan.reason], [])
        messages += sum(max(1, len(plan.events)) for plan in changing)
        plans += changing
    with using(path):
        return plans, next(rows, None) is None


def _reached(plans: Sequence[Plan], answered: int) -> Sequence[Plan]:
    """The first plans, all messages of which are among those that were answered."""
    ends = accumulate(len(plan.events) for plan in plans)
    return [plan for plan, end in zip(plans, ends, strict=True) if end <= answered]


def _other_moves(
    parts: Application, events: Sequence[Event], answers: Sequence[DryAnswer]
) -> tuple[list[Move], list[ChangedPromise], bool]:
    """The moves of order lines and the other promises, and whether these are all.

    New lines of the file, which are counted already, are left out.
    """
    own = {_line(event) for event in events if isinstance(event, AllocationRequired)}
    moves, promises, complete = list[Move](), list[ChangedPromise](), True
    for event, answer in zip(events, answers, strict=True):
        complete &= answer.answer is not None
        given = answer.answer
        if given is None or given.error is not None or given.repeated or answer.recorded:
            continue
        reply = dry_reply(parts, event, answer)
        moves += [move for move in reply.moves if move.from_batchref or _line(move) not in own]
        promises += getattr(reply.body, "promises", ())
        complete &= reply.complete
    return moves, promises, complete


def _line(named: AllocationRequired | Move) -> tuple[str, str, str]:
    return named.orderid, named.sku, named.line or ""
