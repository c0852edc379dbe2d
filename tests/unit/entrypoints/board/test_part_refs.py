"""A part of a shipment is offered a reference of its own."""

from collections.abc import Collection

import pytest

from allocation.entrypoints.board.part_refs import first_free_ref


def offered(ref: str, taken: Collection[str]) -> str:
    return first_free_ref(ref, lambda names: set(names) & set(taken))


ALL_LETTERS = [f"PT-{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], "PT-a"),
        (["PT-a"], "PT-b"),
        (["PT-b"], "PT-a"),
        (ALL_LETTERS, "PT-aa"),
        ([*ALL_LETTERS, "PT-aa"], "PT-ab"),
    ],
)
def test_the_first_free_suffix_is_offered(taken: list[str], expected: str) -> None:
    assert offered("PT", taken) == expected


def test_a_reference_that_would_be_too_long_is_not_offered() -> None:
    assert offered("x" * 253, []) == "x" * 253 + "-a"
    assert offered("x" * 254, []) == ""
