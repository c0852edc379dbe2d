"""A line of the log, and the answer that it holds."""

from datetime import UTC, datetime

import pytest

from allocation.messaging.errors import DeliveryRefused
from allocation.messaging.log import Answer, Entry, Envelope, Status
from allocation.messaging.retry import Backoff
from tests.support.toy_domain import Note

NOW = datetime(2030, 1, 1, tzinfo=UTC)
PENDING = Entry(Envelope.root(Note("a"), id="m1", at=NOW), Status.PENDING)
DOWN, REFUSED = OSError("down"), DeliveryRefused("550 no")


def after(*errors: Exception, entry: Entry = PENDING) -> Entry:
    """The entry when these attempts have failed."""
    for error in errors:
        entry = entry.failed(error, NOW, Backoff())
    return entry


@pytest.mark.parametrize(("results", "result"), [(["first", "second"], "first"), ([], None)])
def test_an_answer_has_the_result_of_the_first_handler_if_there_is_one(
    results: list[str], result: str | None
) -> None:
    answer = Answer.of(PENDING.done(results))
    assert (answer.id, answer.results, answer.result) == ("m1", tuple(results), result)


class TestRefusalsForGood:
    """Those in a row count, whatever else failed before."""

    def test_refusals_after_many_other_failures_are_counted(self) -> None:
        entry = after(*[DOWN] * 40)
        for number in range(1, 5):
            entry = after(REFUSED, entry=entry)
            assert entry.status is Status.PENDING
            assert entry.error == f"DeliveryRefused: 550 no (refusal {number} of 5 in a row)"
        entry = after(REFUSED, entry=entry)
        assert (entry.status, entry.attempts, entry.due) == (Status.DEAD, 45, None)

    @pytest.mark.parametrize(
        "entry",
        [
            after(*[REFUSED] * 4, DOWN, REFUSED),
            after(REFUSED, entry=after(*[REFUSED] * 5)._replace(attempts=0)),
        ],
        ids=["another failure", "a replay"],
    )
    def test_are_counted_anew_after(self, entry: Entry) -> None:
        assert entry.error == "DeliveryRefused: 550 no (refusal 1 of 5 in a row)"

    def test_and_another_failure_in_turns_end_with_the_last_attempt(self) -> None:
        entry = after(*[REFUSED, DOWN] * 150)
        assert (entry.status, entry.attempts) == (Status.DEAD, 300)

    def test_a_number_in_the_text_of_a_refusal_does_not_change_the_count(self) -> None:
        error = DeliveryRefused("no (refusal 4 of 5 in a row)")
        assert after(error, error).status is Status.PENDING
