"""Wrong: answers that nobody can make sense of, and servers that fail as they should not."""

from collections.abc import Iterator

from tests.crash.rig.audit.records import Records


def wrong(records: Records) -> Iterator[str]:
    """What was told and should not have been."""
    for call in records.diary.calls:
        if call.told.status not in call.errand.expected:
            yield f"{call.key} was answered with {call.told}: {call.errand.request.body}"
    yield from records.faults
