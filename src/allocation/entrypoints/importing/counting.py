"""Counts the rows of a portion by the answers to their messages."""

from collections.abc import Iterable, Iterator, Sequence

from allocation.bootstrap import Answer
from allocation.domain.events import BatchQuantityChanged
from allocation.entrypoints.importing.import_file import ImportFile
from allocation.entrypoints.importing.plans import Plan
from allocation.entrypoints.importing.tally import Accepted
from allocation.errors import IdReused, MessagingError

Handled = tuple[Plan, Sequence[Answer]]
"""What a row was to send, and the answers to its messages."""


def count_rows(plans: Sequence[Plan], answers: Iterable[Answer], file: ImportFile) -> list[Handled]:
    """Count rows by their answers, and write down those that are refused.

    Returns:
        The rows that have changed something.

    Raises:
        MessagingError: a message could not be handled; the rows before it are on disk, and the
            import can be run again.
    """
    changed, unchanged = list[Handled](), list[Accepted]()
    try:
        for plan, given in _with_answers(plans, iter(answers)):
            if reason := plan.reason or _refusal(plan, given):
                file.rejected_rows.add(plan.row, reason)
            elif any(answer.changed and not answer.repeated for answer in given):
                changed.append((plan, given))
            else:
                unchanged.append((plan, given[0] if given else None))
    finally:  # count the rows before an error, too
        file.tally.count([(plan, given[0]) for plan, given in changed], unchanged)
    return changed


def _with_answers(plans: Iterable[Plan], answers: Iterator[Answer]) -> Iterator[Handled]:
    for plan in plans:
        yield plan, [next(answers) for _ in plan.events]


def _refusal(plan: Plan, answers: Iterable[Answer]) -> str:
    """Why a row is refused, and what of it was done in spite of that; nothing if it is accepted.

    Raises:
        MessagingError: a message could not be handled.
    """
    done = ""
    for event, answer in zip(plan.events, answers, strict=True):
        error = answer.error
        if error is not None:
            if isinstance(error, MessagingError) and not isinstance(error, IdReused):
                raise error
            return f"{error}{done}"
        if isinstance(event, BatchQuantityChanged):
            done = f" (its quantity is {event.qty} now)"
    return ""
