"""Counts the rows of a portion by the answers to their messages."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from allocation.bootstrap import Answer
from allocation.domain.events import BatchQuantityChanged
from allocation.entrypoints.cli.importing.cautions import Cautions
from allocation.entrypoints.cli.importing.opened_file import OpenedFile
from allocation.entrypoints.cli.importing.plans import Plan
from allocation.entrypoints.cli.importing.tally import Accepted
from allocation.errors import IdReused, MessagingError

_NO_ANSWER: Final = Answer("", changed=False)


def count_rows(
    plans: Sequence[Plan], answers: Iterable[Answer | None], file: OpenedFile, cautions: Cautions
) -> list[tuple[Plan, list[Answer]]]:
    """Count rows by their answers, and write down those that are refused.

    A row of which a message has no answer, because a dry run ended before it, is not counted.

    Returns:
        The rows that have changed something, with all of their answers.

    Raises:
        MessagingError: a message could not be handled; the rows before it are on disk, and the
            import can be run again.
    """
    remaining, changed = iter(answers), list[tuple[Plan, list[Answer]]]()
    new, unchanged = list[Accepted](), list[Accepted]()
    try:
        for plan in plans:
            if plan.reason:
                file.rejected_rows.add(plan.row, plan.reason)
                continue
            received = list(_received(remaining, len(plan.events)))
            if None in received:
                continue
            given = [answer for answer in received if answer is not None]
            if reason := _refusal(plan, given):
                file.rejected_rows.add(plan.row, reason)
            elif any(answer.changed and not answer.repeated for answer in given):
                new.append((plan, given[0]))
                changed.append((plan, given))
                _check_days(plan, file, cautions)
            else:
                unchanged.append((plan, given[0] if given else None))
    finally:  # count the rows before an error, too
        file.tally.count(new, unchanged)
    return changed


def _received(answers: Iterator[Answer | None], count: int) -> Iterator[Answer | None]:
    return islice(answers, count)


def _refusal(plan: Plan, answers: Sequence[Answer]) -> str:
    """Why a row is refused, and what of it was done in spite of that; nothing if it is accepted.

    Raises:
        MessagingError: a message could not be handled.
    """
    done = ""
    for event, answer in zip(plan.events, answers, strict=True):
        error = answer.error
        if isinstance(error, MessagingError) and not isinstance(error, IdReused):
            raise error
        if error is not None:
            return f"{error}{done}"
        if isinstance(event, BatchQuantityChanged):
            done = f" (its quantity is {event.qty} now)"
    return ""


def _check_days(plan: Plan, file: OpenedFile, cautions: Cautions) -> None:
    attribute = file.kind.day
    if attribute is None:
        return
    for event in plan.events:
        day = getattr(event, attribute, None)
        if day is not None:
            cautions.note_day(plan.row, day)
