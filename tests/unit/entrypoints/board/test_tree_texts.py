"""A box of a causal tree says what happened, to whom, and how long after its cause."""

from datetime import UTC, date, timedelta
from typing import Any

import pytest

from allocation.entrypoints.board.causal_tree import Box
from allocation.entrypoints.board.tree_texts import LONGEST, BoxTexts, texts_of
from allocation.views import MessageView
from tests.support.groups import NOW
from tests.support.logged_messages import a_message

TODAY = date(2030, 1, 1)


def texts(
    message: MessageView, cause: MessageView | None = None, *, is_indirect: bool = False
) -> BoxTexts:
    box = Box(message, cause, 0, 0, 0, is_indirect, opens=False, closes=0)
    return texts_of(box, UTC, TODAY)


def detail(**facts: Any) -> str:
    """The detail of a follow-up that came 40 ms after its cause."""
    at = NOW + timedelta(milliseconds=40)
    return texts(a_message("m2", "m1", at=at, **facts), a_message("m1")).detail


def test_a_box_says_what_happened_and_to_whom() -> None:
    box = texts(a_message("m1"))

    assert (box.title, box.subject) == ("Allocated", "o1, 1 unit from b1")
    assert box.sentence == "Allocated: o1, 1 unit from b1"


def test_the_first_message_has_its_sender_and_its_time() -> None:
    assert texts(a_message("m1", sender="shop")).detail == "by shop · 12:30:15"
    earlier = NOW - timedelta(days=2)
    assert texts(a_message("m1", at=earlier)).detail == "30 Dec 2029, 12:30:15"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "+40 ms"),
        ({"status": "dead", "attempts": 3}, "failed 3 times · +40 ms"),
        ({"status": "dead", "attempts": 1}, "failed 1 time · +40 ms"),
        (
            {"status": "outgoing", "attempts": 2},
            "failed 2 times, to be tried again · +40 ms",
        ),
        ({"status": "outgoing"}, "to be delivered · +40 ms"),
        ({"status": "pending"}, "waiting · +40 ms"),
        ({"status": "refused"}, "refused · +40 ms"),
        ({"status": "discarded", "attempts": 3}, "discarded · +40 ms"),
    ],
)
def test_a_follow_up_says_what_became_of_it_and_how_long_after_its_cause_it_came(
    facts: dict[str, Any], expected: str
) -> None:
    assert detail(**facts) == expected


def test_only_a_dead_letter_is_marked_as_bad() -> None:
    assert texts(a_message("m1", status="dead")).is_bad
    assert not texts(a_message("m1", status="refused")).is_bad


def test_a_message_that_follows_indirectly_has_its_time() -> None:
    assert texts(a_message("m2"), a_message("m1"), is_indirect=True).detail == "12:30:15"


def test_a_long_subject_is_cut_where_the_box_ends() -> None:
    body = '{"sku":"' + "x" * 50 + '"}'
    line = texts(a_message("m1", type="OutOfStock", body=body)).line
    assert line == "x" * (LONGEST - 1) + "…"
