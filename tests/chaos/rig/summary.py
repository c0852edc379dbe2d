"""A report of a run in a few lines."""

from collections import Counter

from tests.chaos.observations import Observations
from tests.chaos.rig.run import Outcome

SHOWN = 10
"""Findings of a kind that are told in full."""


def summary(outcome: Outcome) -> str:
    """The faults, the requests and answers, and the findings."""
    environment, records = outcome.environment, outcome.records
    observations, importer = environment.observations, environment.importer
    mailed = records.mailed or ()
    lines = [
        f"{outcome.asked.kind}, seed {outcome.asked.seed}: {outcome.asked.events} kills and pauses"
        f" in {outcome.seconds:.0f} s",
        f"{_counts(environment.tally)}, longest pause {environment.longest_pause:.1f} s,"
        f" {importer.files} imports (run again {importer.runs_again} times)",
        f"{len(observations.calls):,} requests and {len(observations.repeats):,} repeats answered"
        f" ({_counts(observations.attempts)}), sent again {observations.sent_again:,},"
        f" slowest answer {observations.slowest:.1f} s",
        f"{len(records.lines):,} lines, {len(records.batches):,} batches;"
        f" log: {_counts(Counter(entry.type for entry in records.entries))};"
        f" {len(mailed):,} mails, {len(mailed) - len(set(mailed))} of them repeated",
        f"followers of the feed: {_counts(_followed(observations))}",
        ", ".join(f"{kind} {len(findings)}" for kind, findings in outcome.findings.items()),
        *(
            f"{kind}: {finding}"
            for kind, findings in outcome.findings.items()
            for finding in findings[:SHOWN]
        ),
    ]
    return "\n  ".join(lines)


def _followed(observations: Observations) -> Counter[str]:
    return Counter({name: len(events) for name, events in observations.followed.items()})


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {word}" for word, count in sorted(counts.items()))
