"""A run in a few lines."""

from collections import Counter

from tests.crash.rig.run import Outcome

SHOWN = 10
"""Findings of a kind that are told in full."""


def summary(outcome: Outcome) -> str:
    """What struck, what was asked and answered, and what is the matter, if anything."""
    return "\n".join(
        [
            f"{outcome.kind}, seed {outcome.seed}: {outcome.events} kills and pauses"
            f" in {outcome.seconds:.0f} s",
            f"  {_struck(outcome)}",
            f"  {_asked(outcome)}",
            f"  {_kept(outcome)}",
            "  " + ", ".join(f"{kind} {len(told)}" for kind, told in outcome.findings.items()),
            *_details(outcome),
        ]
    )


def _struck(outcome: Outcome) -> str:
    stage = outcome.stage
    told = [f"{count} {word}" for word, count in sorted(stage.tally.items())]
    again = f"{stage.importer.files} imports (run again {stage.importer.runs_again} times)"
    return ", ".join([*told, f"longest pause {stage.longest_pause:.1f} s", again])


def _asked(outcome: Outcome) -> str:
    diary = outcome.stage.diary
    attempts = ", ".join(f"{word}: {count:,}" for word, count in sorted(diary.attempts.items()))
    return (
        f"{len(diary.calls):,} requests and {len(diary.repeats):,} repeats answered"
        f" ({attempts}), sent again {diary.sent_again:,}, slowest answer {diary.slowest:.1f} s"
    )


def _kept(outcome: Outcome) -> str:
    records = outcome.records
    kinds = Counter(entry.type for entry in records.entries)
    log = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    mailed = records.mailed or ()
    mails = f"{len(mailed):,} mails, {len(mailed) - len(set(mailed))} of them repeated"
    return f"{len(records.lines):,} lines, {len(records.batches):,} batches; log: {log}; {mails}"


def _details(outcome: Outcome) -> list[str]:
    return [
        f"  {kind}: {finding}"
        for kind, found in outcome.findings.items()
        for finding in found[:SHOWN]
    ]
