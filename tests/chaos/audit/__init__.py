"""The audit of a run or a history: the observations of the callers against the final tables."""

from collections.abc import Callable, Iterator
from typing import Final

from tests.chaos.audit.doubled import doubled
from tests.chaos.audit.feed import altered, misordered, missing, repeated
from tests.chaos.audit.lost import lost
from tests.chaos.audit.oversold import oversold
from tests.chaos.audit.records import Records
from tests.chaos.audit.reordered import reordered
from tests.chaos.audit.unexplained import unexplained
from tests.chaos.audit.unfinished import unfinished

__all__ = ["KINDS", "Findings", "Records", "assert_nothing_is_the_matter", "audit"]

Findings = dict[str, list[str]]
"""Findings by the kind of broken promise, one sentence each."""


def wrong_answers(records: Records) -> Iterator[str]:
    """Answers that nobody can make sense of, and servers that fail as they should not."""
    for call in records.observations.calls:
        if call.answer.status not in call.operation.expected:
            yield f"{call.key} was answered with {call.answer}: {call.operation.request.body}"
    yield from records.observations.refused_followers
    yield from records.faults


KINDS: Final[dict[str, Callable[[Records], Iterator[str]]]] = {
    "lost": lost,
    "doubled": doubled,
    "stuck": unfinished,
    "reordered": reordered,
    "oversold": oversold,
    "unexplained": unexplained,
    "wrong": wrong_answers,
    "missing": missing,
    "repeated": repeated,
    "misordered": misordered,
    "altered": altered,
}


def audit(records: Records) -> Findings:
    """The findings by kind; there are none when every promise was kept."""
    return {kind: list(look(records)) for kind, look in KINDS.items()}


def assert_nothing_is_the_matter(records: Records) -> None:
    """Every promise was kept."""
    findings = audit(records)
    assert not any(findings.values()), findings
