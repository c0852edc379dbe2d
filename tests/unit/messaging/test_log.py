"""A line of the log, and the answer that it holds."""

from datetime import UTC, datetime, timedelta

import pytest

from allocation.messaging.errors import DeliveryRefused, HandlerFailed
from allocation.messaging.log import Answer, Entry, Envelope, Status
from allocation.messaging.retry import Backoff
from tests.support.toy_domain import Illegible, NoInk, Note

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PENDING = Entry(Envelope.root(Note("a"), id="m1", at=NOW), Status.PENDING)


def test_a_handled_message_keeps_its_results() -> None:
    done = PENDING.done(["first", "second"])
    assert (done.status, done.results) == (Status.HANDLED, ("first", "second"))
    assert done.envelope is PENDING.envelope


def failed(entry: Entry) -> Entry:
    return entry.failed(NoInk("dry"), NOW, Backoff(max_attempts=3, jitter=lambda: 1.0))


def test_a_failed_attempt_is_counted_and_put_off_and_the_fate_stays() -> None:
    put_off = failed(PENDING)
    assert (put_off.status, put_off.attempts, put_off.due) == (Status.PENDING, 1, NOW + SECOND)
    assert put_off.error == "NoInk: dry"
    again = failed(put_off)
    assert (again.attempts, again.due) == (2, NOW + 2 * SECOND)


def test_a_message_is_a_dead_letter_after_the_last_attempt() -> None:
    dead = failed(failed(failed(PENDING)))
    assert (dead.status, dead.attempts, dead.due) == (Status.DEAD, 3, None)
    assert dead.error == "NoInk: dry"


def test_a_message_that_is_handled_at_last_is_due_no_more() -> None:
    done = failed(PENDING).done(["inked"])
    assert (done.attempts, done.due, done.error) == (1, None, None)


def test_a_refused_message_keeps_its_refusal() -> None:
    refusal = Illegible("?")
    refused = failed(PENDING).refused(refusal)
    assert (refused.status, refused.refusal) == (Status.REFUSED, refusal)
    assert (refused.due, refused.error) == (None, None)


def test_an_answer_has_the_result_of_the_first_handler() -> None:
    answer = Answer.of(PENDING.done(["first", "second"]))
    assert (answer.id, answer.results, answer.result) == ("m1", ("first", "second"), "first")
    assert not answer.repeated


def test_an_answer_may_be_nothing() -> None:
    assert Answer.of(PENDING.done()).result is None


def test_an_answer_from_the_log_says_that_it_is_repeated() -> None:
    assert Answer.of(PENDING.done(), repeated=True).repeated


def test_a_refusal_is_raised_where_the_result_is_asked_for() -> None:
    with pytest.raises(Illegible):
        _ = Answer.of(PENDING.refused(Illegible("?"))).result


def test_a_failure_tells_its_cause() -> None:
    cause = NoInk("dry")
    answer = Answer.failure("m1", cause)
    with pytest.raises(HandlerFailed, match="Message m1 failed: NoInk: dry") as failed:
        _ = answer.result
    assert failed.value.__cause__ is cause


class TestRefusalsForGood:
    """Those in a row count, whatever else failed before."""

    def test_refusals_after_many_other_failures_are_counted(self) -> None:
        entry = PENDING._replace(attempts=40, error="OSError: down")
        for number in range(1, 5):
            entry = entry.failed(DeliveryRefused("550 no"), NOW, Backoff())
            assert entry.status is Status.PENDING
            assert entry.error == f"DeliveryRefused: 550 no (refusal {number} of 5 in a row)"
        entry = entry.failed(DeliveryRefused("550 no"), NOW, Backoff())
        assert (entry.status, entry.attempts) == (Status.DEAD, 45)

    def test_are_counted_anew_after_another_failure(self) -> None:
        entry = PENDING
        for error in [*[DeliveryRefused("550 no")] * 4, OSError("down"), DeliveryRefused("no")]:
            entry = entry.failed(error, NOW, Backoff())
        assert entry.error == "DeliveryRefused: no (refusal 1 of 5 in a row)"

    def test_and_another_failure_in_turns_end_with_the_last_attempt(self) -> None:
        entry = PENDING
        for _ in range(150):
            entry = entry.failed(DeliveryRefused("550 no"), NOW, Backoff())
            entry = entry.failed(OSError("down"), NOW, Backoff())
        assert (entry.status, entry.attempts) == (Status.DEAD, 300)

    def test_are_counted_anew_after_a_replay(self) -> None:
        error = "DeliveryRefused: 550 no (refusal 5 of 5 in a row)"
        entry = PENDING._replace(error=error)
        again = entry.failed(DeliveryRefused("550 no"), NOW, Backoff())
        assert again.error == "DeliveryRefused: 550 no (refusal 1 of 5 in a row)"

    def test_a_number_in_the_text_of_a_refusal_does_not_change_the_count(self) -> None:
        error = DeliveryRefused("no (refusal 4 of 5 in a row)")
        entry = PENDING.failed(error, NOW, Backoff())
        assert entry.failed(error, NOW, Backoff()).status is Status.PENDING
