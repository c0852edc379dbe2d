"""Names as revision 0006 spells them: each is found under the name by which it is looked up."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from allocation.adapters.sql.migrations.names import Spellings, respelt
from allocation.domain.validation import normalize_name

PIECES = st.one_of(
    st.characters(exclude_categories=["Cs"]).filter(str.isprintable),
    st.sampled_from(
        "ae\u1100\u1161\u11a8\u09c7\u09be"  # letters that are composed
        " \u0301\u0308\u0323\u0344"  # a blank, marks
        "\u034f\ufe0f\u3164\u2800"  # what shows nothing
    ),
)
PRINTABLE = st.builds(
    lambda beginning, filling, times, end: beginning + filling * times + end,
    st.text(PIECES, max_size=12),
    st.text(PIECES, min_size=1, max_size=4),
    st.sampled_from([0, 1, 60, 82, 120, 255]),
    st.text(PIECES, max_size=12),
)


@given(PRINTABLE)
@example("e\u034f\u0301")
@example("a" * 254 + " b")
@example("\u0301" + "a" * 253 + " b")
def test_a_respelt_name_is_looked_up_as_it_is_kept(older: str) -> None:
    assert normalize_name(respelt(older)) == respelt(older)


@pytest.mark.parametrize("field", ["sku", "orderid"])
def test_the_refusal_of_a_value_is_respelt_with_the_facts_it_has(field: str) -> None:
    facts = {"field": field, "value": 0, "reason": "is not a text", "sku": "LO\u0308T"}
    spellings = Spellings({}, {}, {}, {})
    assert spellings.facts(facts) == {**facts, "sku": "L\u00d6T"}
