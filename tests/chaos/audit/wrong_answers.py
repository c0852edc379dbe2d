"""Wrong: answers that nobody can make sense of, and servers that fail as they should not."""

from collections.abc import Iterator

from tests.chaos.audit.records import Records


def wrong_answers(records: Records) -> Iterator[str]:
    """What was told and should not have been."""
    for call in records.observations.calls:
        if call.answer.status not in call.operation.expected:
            yield f"{call.key} was answered with {call.answer}: {call.operation.request.body}"
    yield from records.faults
