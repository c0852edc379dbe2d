"""The audit: the diary of the callers against all that the database holds in the end."""

from collections.abc import Callable, Iterator
from typing import Final

from tests.chaos.rig.audit.doubled import doubled
from tests.chaos.rig.audit.lost import lost
from tests.chaos.rig.audit.oversold import oversold
from tests.chaos.rig.audit.records import Records
from tests.chaos.rig.audit.reordered import reordered
from tests.chaos.rig.audit.unfinished import unfinished
from tests.chaos.rig.audit.wrong_answers import wrong_answers

__all__ = ["KINDS", "Findings", "Records", "assert_nothing_is_the_matter", "audit"]

Findings = dict[str, list[str]]
"""By the kind of broken promise: what exactly is the matter, one sentence each."""

KINDS: Final[dict[str, Callable[[Records], Iterator[str]]]] = {
    "lost": lost,
    "doubled": doubled,
    "stuck": unfinished,
    "reordered": reordered,
    "oversold": oversold,
    "wrong": wrong_answers,
}


def audit(records: Records) -> Findings:
    """What is the matter; no kind has anything when every promise was kept."""
    return {kind: list(look(records)) for kind, look in KINDS.items()}


def assert_nothing_is_the_matter(records: Records) -> None:
    """Every promise was kept."""
    assert audit(records) == {kind: [] for kind in KINDS}
