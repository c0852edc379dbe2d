"""A number or a date in a cell is read as what it was, or refused; never as another."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation.entrypoints.table_files.cells import Cells, Formats
from allocation.errors import InvalidValue

GROUPS = ("", ",", ".", " ", "\u00a0", "\u202f", "'", "\u2019")


def number(text: str, decimal: str | None = None) -> int:
    return Cells({"qty": text}, Formats(decimal)).number("qty")


def day(text: str, date_format: str | None = None) -> date | None:
    return Cells({"eta": text}, Formats(date_format=date_format)).date("eta")


@st.composite
def formatted_numbers(draw: st.DrawFn) -> tuple[int, str, str]:
    """A number, its text in some country's form, and the decimal character of that."""
    decimal = draw(st.sampled_from(",."))
    group = draw(st.sampled_from(GROUPS).filter(lambda each: each != decimal))
    value = draw(st.integers(-10_000_000, 10_000_000))
    text = f"{abs(value):,}".replace(",", group)
    if places := draw(st.integers(0, 3)):
        text += decimal + "0" * places
    if value < 0:
        text = draw(st.sampled_from([f"-{text}", f"{text}-", f"\u2212{text}"]))
    return value, text, decimal


@given(formatted_numbers())
def test_a_number_of_any_country_is_itself_with_the_decimal_character(
    formatted: tuple[int, str, str],
) -> None:
    value, text, decimal = formatted
    assert number(text, decimal) == value


@given(formatted_numbers())
def test_a_number_of_any_country_is_itself_or_refused_without_it(
    formatted: tuple[int, str, str],
) -> None:
    value, text, decimal = formatted
    try:
        read = number(text)
    except InvalidValue as refusal:
        # Both readings are named, so that there were two.
        with pytest.raises(InvalidValue, match=f"{abs(value)} .*--decimal"):
            raise refusal from None
        assert number(text, decimal) == value
    else:
        assert read == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("12", 12), ("+12", 12), ("007", 7), ("12.0", 12), ("12,00", 12), ("-12", -12)),
        *(("1.250.000", 1_250_000), ("1.250,00", 1_250), ("1,250.00", 1_250), ("1 250", 1_250)),
        *(("1'250", 1_250), ("12-", -12), ("1.250,000", 1_250), ("0.000", 0), ("1234.000", 1234)),
    ],
)
def test_a_number_that_can_be_read_in_one_way_is_taken(text: str, value: int) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    ("text", "decimal", "reason"),
    [
        ("1.250", None, r"is 1250 \(--decimal ,\) or 1\.25 \(--decimal \.\): say which"),
        ("1,250", None, r"is 1\.25 \(--decimal ,\) or 1250 \(--decimal \.\): say which"),
        ("1.000", None, "is 1000 .* or 1 "),
        *((text, None, "is not a whole number") for text in ("12.5", "12,25", "0.125", "1 250,5")),
        *((text, None, "in brackets") for text in ("(12)", "(1.250)")),
        *((text, None, "is a percentage") for text in ("12%", "12 %", "1,2%")),
        *(
            (text, None, "is not an integer")
            for text in ("12 pcs", "1.25.0", "1,25,000", "1.250,0.0", "1 2 3", "--1", "-1-", "1,")
        ),
        ("1,250", ",", "is not a whole number"),
        ("12.5", ",", "is not an integer with the decimal character ,"),
        ("#N/A", None, "is an error of the spreadsheet"),
        ("#WERT!", ".", "is an error of the spreadsheet"),
        ("#####", None, "column is too narrow"),
    ],
)
def test_a_number_that_is_none_or_two_is_refused(
    text: str, decimal: str | None, reason: str
) -> None:
    with pytest.raises(InvalidValue, match=reason):
        number(text, decimal)


FORMS = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
)


@given(value=st.dates(date(2000, 1, 1), date(2100, 1, 1)), form=st.sampled_from(FORMS))
def test_a_date_of_any_form_is_itself_with_the_form_and_else_itself_or_refused(
    value: date, form: str
) -> None:
    text = value.strftime(form)
    assert day(text, form) == value
    try:
        read = day(text)
    except InvalidValue as refusal:
        with pytest.raises(InvalidValue, match=f"{value} \\(--date-format {form}\\)"):
            raise refusal from None
    else:
        assert read == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, "2026-12-31") for text in ("2026-12-31", "20261231", "2026/12/31", "31.12.2026")),
        *((text, "2026-12-31") for text in ("31/12/2026", "12/31/2026", "31-12-2026")),
        *((text, "2027-04-03") for text in ("3.4.2027", "03.04.2027", "2027-4-3")),
        *((text, "2027-04-04") for text in ("04/04/2027", "4-4-2027")),
        *((f"2026-12-31{time}", "2026-12-31") for time in ("T00:00:00", " 00:00", " 0:00:00.000")),
        *(("31.12.2026 00:00:00", "2026-12-31"), ("12/31/2026 12:00:00 AM", "2026-12-31")),
    ],
)
def test_a_date_that_can_be_read_in_one_way_is_taken(text: str, value: str) -> None:
    assert day(text) == date.fromisoformat(value)


@pytest.mark.parametrize(
    ("text", "form", "reason"),
    [
        (
            *("03/04/2027", None),
            r"is 2027-04-03 \(--date-format %d/%m/%Y\) or 2027-03-04 \(--date-format %m/%d/%Y\)",
        ),
        ("3-4-2027", None, "--date-format %d-%m-%Y"),
        *((text, None, "a year of two digits") for text in ("31.12.26", "12/31/26", "1-2-26")),
        *((text, None, "a spreadsheet's number") for text in ("46082", "46082.0", "1")),
        *((text, None, "has a time") for text in ("2026-12-31T10:00", "31.12.2026 23:59:59")),
        *(
            (text, None, "is not a date")
            for text in ("13/13/2027", "30.02.2027", "20271301", "2027/03-01", "soon", "00000000")
        ),
        ("31.12.2026", "%m/%d/%Y", "is not a date of the form %m/%d/%Y"),
        ("2026-12-31", "%m/%d/%Y", "is not a date of the form %m/%d/%Y"),
        ("#BEZUG!", "%m/%d/%Y", "is an error of the spreadsheet"),
        ("#REF!", None, "is an error of the spreadsheet"),
        ("########", None, "column is too narrow"),
    ],
)
def test_a_date_that_is_none_or_two_is_refused(text: str, form: str | None, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        day(text, form)


@pytest.mark.parametrize("text", ["#N/A", "#NV", "#DIV/0!", "#¡REF!", "##"])
def test_an_error_value_is_no_name(text: str) -> None:
    with pytest.raises(InvalidValue, match="spreadsheet"):
        Cells({"sku": text}).text("sku")
    with pytest.raises(InvalidValue, match="spreadsheet"):
        Cells({"line": text}).text_or_none("line")


@pytest.mark.parametrize("text", ["4.00638E+12", "4,00638E+12", "4E+12"])
def test_a_number_that_a_spreadsheet_has_shortened_is_no_name(text: str) -> None:
    with pytest.raises(InvalidValue, match="is a number without its last digits"):
        Cells({"sku": text}).text("sku")
    assert Cells({"sku": f"A{text}"}).text("sku") == f"A{text}"


def test_a_name_may_begin_with_a_hash() -> None:
    assert Cells({"sku": "#12"}).text("sku") == "#12"
