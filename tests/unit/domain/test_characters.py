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


def test_exactly_the_invisible_characters_of_unicode_are_refused() -> None:
    refused = {one for one in characters() if first_invisible(one)}
    ignored = {one for one in characters() if SHOWS_NOTHING.match(one)}

    assert {one: describe(one) for one in refused ^ ignored} == {
        one: describe(one) for one in EMPTY_ALL_THE_SAME
    }


@pytest.mark.parametrize("text", ["🛋", "Grüße-日本", "a b", "👍🏽", "\ua8f9"])
def test_visible_characters_are_accepted(text: str) -> None:
    assert first_invisible(text) is None


def test_the_first_invisible_character_is_reported() -> None:
    assert first_invisible("a\u00a0b\u200b") == "\u00a0"
