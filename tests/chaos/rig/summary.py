"""A report of a run in a few lines."""

from collections import Counter

from tests.chaos.rig.run import Outcome

SHOWN = 10
"""Findings of a kind that are told in full."""


def summary(outcome: Outcome) -> str:
    """The faults, the requests and answers, and the findings."""
    return "\n".join(
        [
            f"{outcome.kind}, seed {outcome.seed}: {outcome.events} kills and pauses"
            f" in {outcome.seconds:.0f} s",
            f"  {_struck(outcome)}",
            f"  {_asked(outcome)}",
            f"  {_recorded(outcome)}",
            "  "
            + ", ".join(f"{kind} {len(findings)}" for kind, findings in outcome.findings.items()),
            *_details(outcome),
        ]
    )


def _struck(outcome: Outcome) -> str:
    environment = outcome.environment
    struck = [f"{count} {word}" for word, count in sorted(environment.tally.items())]
    again = (
        f"{environment.importer.files} imports (run again {environment.importer.runs_again} times)"
    )
    return ", ".join([*struck, f"longest pause {environment.longest_pause:.1f} s", again])


def _asked(outcome: Outcome) -> str:
    observations = outcome.environment.observations
    attempts = ", ".join(
        f"{word}: {count:,}" for word, count in sorted(observations.attempts.items())
    )
    return (
        f"{len(observations.calls):,} requests and {len(observations.repeats):,} repeats answered"
        f" ({attempts}), sent again {observations.sent_again:,}, "
        f"slowest answer {observations.slowest:.1f} s"
    )


def _recorded(outcome: Outcome) -> str:
    records = outcome.records
    kinds = Counter(entry.type for entry in records.entries)
    log = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    mailed = records.mailed or ()
    mails = f"{len(mailed):,} mails, {len(mailed) - len(set(mailed))} of them repeated"
    return f"{len(records.lines):,} lines, {len(records.batches):,} batches; log: {log}; {mails}"


def _details(outcome: Outcome) -> list[str]:
    return [
        f"  {kind}: {finding}"
        for kind, findings in outcome.findings.items()
        for finding in findings[:SHOWN]
    ]
