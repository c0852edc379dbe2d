"""What cannot be does not exist: every refusal names the field and the value."""

import sys
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import regex

from allocation.domain.characters import describe, first_invisible
from allocation.domain.errors import InvalidValue
from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    OutOfStock,
)
from allocation.domain.model import Batch, OrderLine, Product
from allocation.domain.validation import LARGEST_QUANTITY, LONGEST_TEXT, clean_text, normalize_name
from tests.support.builders import SKU

Make = Callable[[Any], object]

TEXTS: dict[str, tuple[str, Make]] = {
    "the order of a line": ("orderid", lambda value: OrderLine(value, SKU, 1)),
    "the sku of a line": ("sku", lambda value: OrderLine("order-1", value, 1)),
    "the reference of a batch": ("ref", lambda value: Batch(value, SKU, 1)),
    "the sku of a batch": ("sku", lambda value: Batch("batch-1", value, 1)),
    "the sku of a product": ("sku", Product),
    "BatchCreated.ref": ("ref", lambda value: BatchCreated(value, SKU, 1)),
    "BatchCreated.sku": ("sku", lambda value: BatchCreated("batch-1", value, 1)),
    "BatchQuantityChanged.ref": ("ref", lambda value: BatchQuantityChanged(value, 1)),
    "OutOfStock.sku": ("sku", OutOfStock),
    "AllocationRequired.orderid": ("orderid", lambda value: AllocationRequired(value, SKU, 1)),
    "AllocationRequired.sku": ("sku", lambda value: AllocationRequired("order-1", value, 1)),
}
BAD_TEXTS: dict[str, tuple[object, str]] = {
    "empty": ("", "is empty"),
    "a tab only": ("\t", "is empty"),
    "a blank before": (" a", "has blanks around it"),
    "a blank after": ("a ", "has blanks around it"),
    "too long": ("x" * (LONGEST_TEXT + 1), "is longer than 255 characters"),
    "a line break": ("a\nb", "has a control character (U+000A)"),
    "a blank of no width": ("a\u200bb", "has a zero width space (U+200B)"),
    "a blank that does not break": ("a\u00a0b", "has a no-break space (U+00A0)"),
    "a blank of another script": ("a\u3000b", "has an ideographic space (U+3000)"),
    "a mark of direction": ("a\u202eb", "has a right-to-left override (U+202E)"),
    "a joiner that is a mark": ("a\u034fb", "has a combining grapheme joiner (U+034F)"),
    "a filler that is a letter": ("a\u3164b", "has a hangul filler (U+3164)"),
    "a selector of a variation": ("\U0001f6cb\ufe0f", "has a variation selector-16 (U+FE0F)"),
    "an empty picture": ("a\u2800b", "has a braille pattern blank (U+2800)"),
    "half of a character": ("a\udcffb", "has a lone surrogate (U+DCFF)"),
    "a private character": ("a\ue000b", "has a private-use character (U+E000)"),
    "no character at all": ("a\uffffb", "does not assign (U+FFFF)"),
    "a mark that stands alone": ("\u0308a", "begins with a combining diaeresis (U+0308)"),
    "a blank after a letter of two dots": ("o\u0308 ", "has blanks around it"),
    "too long when composed": ("o\u0308" * (LONGEST_TEXT + 1), "is longer than 255 characters"),
    "far too long": ("o\u0308" * 99_999, "is longer than 255 characters"),
    "a number": (7, "is not a string"),
    "nothing": (None, "is not a string"),
}
QUANTITIES: dict[str, Make] = {
    "the quantity of a line": lambda value: OrderLine("order-1", SKU, value),
    "the quantity of a batch": lambda value: Batch("batch-1", SKU, value),
    "BatchCreated.qty": lambda value: BatchCreated("batch-1", SKU, value),
    "AllocationRequired.qty": lambda value: AllocationRequired("order-1", SKU, value),
}
BAD_QUANTITIES: dict[str, tuple[object, str]] = {
    "negative": (-1, "is less than"),
    "a truth": (True, "is not an integer"),
    "a fraction": (1.0, "is not an integer"),
    "a text": ("1", "is not an integer"),
    "nothing": (None, "is not an integer"),
    "too large": (LARGEST_QUANTITY + 1, "is more than 1,000,000,000"),
}
ETAS: dict[str, Make] = {
    "the ETA of a batch": lambda value: Batch("batch-1", SKU, 1, value),
    "BatchCreated.eta": lambda value: BatchCreated("batch-1", SKU, 1, value),
}


def assert_refused(make: Make, field: str, value: object, reason: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        make(value)
    assert refused.value.field == field
    assert refused.value.value is value
    assert str(refused.value).startswith(f"{field} {value!r:.60}")
    assert reason in str(refused.value)


@pytest.mark.parametrize("bad", BAD_TEXTS)
@pytest.mark.parametrize("text", TEXTS)
def test_an_invalid_name_is_refused(text: str, bad: str) -> None:
    assert_refused(TEXTS[text][1], TEXTS[text][0], *BAD_TEXTS[bad])


@pytest.mark.parametrize("good", ["a", "x" * LONGEST_TEXT, "a b", "Stuhl-Größe-Ä", "椅子", "0"])
@pytest.mark.parametrize("text", TEXTS)
def test_a_valid_name_is_accepted(text: str, good: str) -> None:
    TEXTS[text][1](good)


COMPOSED, DECOMPOSED = "L\u00d6T", "LO\u0308T"


@pytest.mark.parametrize("text", TEXTS)
def test_names_that_look_the_same_are_one(text: str) -> None:
    field, make = TEXTS[text]
    made, same = make(DECOMPOSED), make(COMPOSED)

    name = "reference" if isinstance(made, Batch) and field == "ref" else field
    assert [getattr(made, name), getattr(same, name)] == [COMPOSED, COMPOSED]


def test_a_decomposed_name_may_be_as_long_as_a_composed_one() -> None:
    assert OrderLine("o\u0308" * LONGEST_TEXT, SKU, 1).orderid == "\u00f6" * LONGEST_TEXT


def test_a_name_of_a_subclass_of_str_is_checked_and_stored_as_plain_text() -> None:
    class Sku(str):
        __slots__ = ()

    assert type(clean_text("sku", Sku("LAMP"))) is str
    with pytest.raises(InvalidValue, match="blanks"):
        clean_text("sku", Sku(" a"))


@pytest.mark.parametrize(
    ("asked", "name"),
    [("LAMP", "LAMP"), (DECOMPOSED, COMPOSED), ("", None), ("a\0", None), ("a\u034f", None)],
)
def test_looked_up_names_are_spelt_like_stored_ones(asked: str, name: str | None) -> None:
    assert normalize_name(asked) == name


@pytest.mark.parametrize("bad", BAD_QUANTITIES)
@pytest.mark.parametrize("quantity", [*QUANTITIES, "BatchQuantityChanged.qty"])
def test_an_invalid_quantity_is_refused(quantity: str, bad: str) -> None:
    make = QUANTITIES.get(quantity, lambda value: BatchQuantityChanged("batch-1", value))
    assert_refused(make, "qty", *BAD_QUANTITIES[bad])


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_zero_units_are_refused(quantity: str) -> None:
    assert_refused(QUANTITIES[quantity], "qty", 0, "is less than 1")


@pytest.mark.parametrize("qty", [1, LARGEST_QUANTITY])
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_the_least_and_the_largest_quantity_are_accepted(quantity: str, qty: int) -> None:
    QUANTITIES[quantity](qty)


NO_DATES = [datetime(2030, 1, 1, tzinfo=UTC), "2030-01-01", 0]


@pytest.mark.parametrize("value", NO_DATES, ids=str)
@pytest.mark.parametrize("eta", ETAS)
def test_an_invalid_eta_is_refused(eta: str, value: object) -> None:
    with pytest.raises(InvalidValue, match="is not a date") as refused:
        ETAS[eta](value)
    reported = value.isoformat() if isinstance(value, datetime) else value
    assert (refused.value.field, refused.value.value) == ("eta", reported)


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("1899-12-31", "is before the year 2000"),
        ("1900-01-01", "is before the year 2000"),
        ("1999-12-31", "is before the year 2000"),
        ("2100-01-01", "is after 2099"),
        ("9999-12-31", "is after 2099"),
    ],
)
@pytest.mark.parametrize("eta", ETAS)
def test_a_date_out_of_range_is_refused_as_eta(eta: str, day: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        ETAS[eta](date.fromisoformat(day))

    assert str(refused.value) == f"eta '{day}' {reason}"


@pytest.mark.parametrize(
    "value", [None, date(2000, 1, 1), date(2030, 1, 1), date(2099, 12, 31)], ids=str
)
@pytest.mark.parametrize("eta", ETAS)
def test_a_date_or_none_is_accepted_as_eta(eta: str, value: object) -> None:
    ETAS[eta](value)


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
