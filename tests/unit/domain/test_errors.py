"""Every refusal says what it is about, and carries the facts."""

from dataclasses import asdict, is_dataclass

import pytest

from allocation.domain.errors import (
    AlreadyAllocated,
    BatchConflict,
    InvalidSku,
    InvalidValue,
    LineConflict,
    Refusal,
    UnknownBatch,
)

SAID = [
    (InvalidValue("qty", 0, "is less than 1"), "qty 0 is less than 1"),
    (InvalidSku("CHAIR"), "Invalid sku CHAIR"),
    (UnknownBatch("batch-1"), "Unknown batch batch-1"),
    (
        BatchConflict("batch-1", "qty", 10, 20),
        "Batch batch-1 already exists with qty 10, not 20",
    ),
    (
        BatchConflict("batch-1", "eta", None, "2030-01-01"),
        "Batch batch-1 already exists with eta none, not 2030-01-01",
    ),
    (
        LineConflict("order-1", "CHAIR", 10, 20),
        "Order order-1 already has a line for CHAIR with qty 10, not 20",
    ),
    (
        AlreadyAllocated("order-1", "CHAIR", "batch-1", "batch-2"),
        "The line of order order-1 for CHAIR is already allocated to batch-1 "
        "and cannot be allocated to batch-2, too",
    ),
]


@pytest.mark.parametrize(("refusal", "message"), SAID, ids=lambda it: str(it)[:20])
def test_a_refusal_says_what_it_is_about(refusal: Refusal, message: str) -> None:
    assert str(refusal) == message


@pytest.mark.parametrize("refusal", [refusal for refusal, _ in SAID], ids=str)
def test_a_refusal_can_be_made_again_from_its_facts(refusal: Refusal) -> None:
    assert is_dataclass(refusal)
    assert not isinstance(refusal, type)
    again = type(refusal)(**asdict(refusal))
    assert str(again) == str(refusal)


def test_a_long_value_is_shortened() -> None:
    message = str(InvalidValue("sku", "x" * 300, "is longer than 255 characters"))
    assert len(message) < 140
    assert "(302 characters)" in message


@pytest.mark.parametrize(("value", "plain"), [(1.5, 1.5), (float("inf"), "inf"), (b"x", "b'x'")])
def test_an_invalid_value_is_kept_as_a_plain_value(value: object, plain: object) -> None:
    assert InvalidValue("qty", value, "is not an integer").value == plain


def test_an_invalid_value_is_a_value_error() -> None:
    assert issubclass(InvalidValue, ValueError)
