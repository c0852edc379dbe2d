"""What a message says is told in words, whatever its type and its version."""

from typing import Any

import pytest

from allocation.adapters.codec import Codec
from allocation.bootstrap import REGISTRY
from allocation.entrypoints.board.formats import MINUS
from allocation.entrypoints.board.message_texts import (
    STATES,
    sentence,
    state_of,
    subject_of,
    title_of,
)
from allocation.messaging.log import Status
from tests.support.logged_messages import a_message


def test_a_title_is_the_type_in_words() -> None:
    assert title_of("BatchQuantityChanged") == "Batch quantity changed"


@pytest.mark.parametrize(
    ("type", "body", "expected"),
    [
        ("Allocated", '{"orderid":"o1","qty":2,"batchref":"b1"}', "o1, 2 units from b1"),
        ("BatchQuantityAdjusted", '{"ref":"b1","by":-3}', f"b1 by {MINUS}3"),
        ("BatchQuantityAdjusted", '{"ref":"b1","by":3}', "b1 by +3"),
        ("BatchEtaChanged", '{"ref":"b1","eta":null}', "b1: in stock"),
        ("Digest", '{"audience":"buyers","counts":{"A":1,"B":2}}', "3 facts for buyers"),
        (
            "BatchQuantityChanged",
            '{"ref":"b1","qty":3,"reason":"a leak in the roof"}',
            "b1: 3 units (a leak in the roof)",
        ),
        (
            "PromiseChanged",
            '{"orderid":"o1","sku":"LAMP","qty":1,"to_batchref":"b2","to_day":"2031-01-02"}',
            "o1, 1 unit of LAMP, from b2 now, on 2031-01-02",
        ),
        ("MessageHandled", '{"message":"m1"}', "m1"),
        ("DeadLetterReplayed", '{"letter":"m1"}', "m1"),
        ("FromAnotherVersion", '{"sku":"LAMP"}', "LAMP"),
        ("Digest", '{"audience":"buyers"}', ""),
        ("Allocated", "no JSON", ""),
        ("OutOfStock", "[]", ""),
    ],
)
def test_a_subject_is_what_a_message_is_about(type: str, body: str, expected: str) -> None:
    assert subject_of(type, body) == expected


def test_a_sentence_is_the_title_alone_if_the_message_names_nothing() -> None:
    assert sentence("OutOfStock", "{}") == "Out of stock"
    assert sentence("OutOfStock", '{"sku":"LAMP"}') == "Out of stock: LAMP"


@pytest.mark.parametrize("entry", REGISTRY.incoming.values(), ids=lambda entry: entry.name)
def test_every_message_from_outside_is_about_something(entry: Any) -> None:
    name, body = Codec(REGISTRY).encode_message(entry.as_incoming.example)
    assert subject_of(name, body)


def test_every_status_has_a_state() -> None:
    assert STATES.keys() == set(Status)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "done"),
        ({"status": "dead"}, "failed"),
        ({"status": "outgoing"}, "to be delivered"),
        ({"status": "outgoing", "attempts": 1}, "to be tried again"),
        ({"status": "pending", "attempts": 1}, "to be tried again"),
        ({"status": "handled", "attempts": 1}, "done"),
        ({"status": "handled", "error": "no mail server"}, "skipped"),
        ({"status": "invented"}, "invented"),
    ],
)
def test_a_state_says_what_became_of_a_message(facts: dict[str, Any], expected: str) -> None:
    assert state_of(a_message("m1", **facts)).text == expected
