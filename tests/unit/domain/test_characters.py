"""Which characters show nothing: compared with what Unicode says of all of them."""

import sys
import unicodedata

import pytest
import regex

from allocation.domain.characters import describe, first_invisible

SHOWS_NOTHING = regex.compile(
    r"\p{Default_Ignorable_Code_Point}|\p{C}|[\p{Z}--\x20]", regex.VERSION1
)
EMPTY_ALL_THE_SAME = {"\u2800", "\U00016fe4", "\U0001d159"}
"""An empty pattern, a filler, a note without a head: Unicode draws them, without any ink."""


def characters() -> list[str]:
    """All that this Python knows."""
    every = map(chr, range(sys.maxunicode + 1))
    return [one for one in every if unicodedata.category(one) != "Cn"]


def test_what_unicode_says_shows_nothing_is_refused_and_nothing_else() -> None:
    refused = {one for one in characters() if first_invisible(one)}
    ignored = {one for one in characters() if SHOWS_NOTHING.match(one)}

    assert {one: describe(one) for one in refused ^ ignored} == {
        one: describe(one) for one in EMPTY_ALL_THE_SAME
    }


@pytest.mark.parametrize("text", ["🛋", "Grüße-日本", "a b", "👍🏽", "\ua8f9"])
def test_what_shows_something_is_taken(text: str) -> None:
    assert first_invisible(text) is None


def test_the_first_of_several_is_told() -> None:
    assert first_invisible("a\u00a0b\u200b") == "\u00a0"
