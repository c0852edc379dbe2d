"""No member of a body is there twice without being noticed, whatever else is in the body."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged, Event
from allocation.domain.validation import EARLIEST_DATE, LATEST_DATE
from allocation.entrypoints.http.errors import RepeatedField
from allocation.entrypoints.http.request_bodies import (
    Form,
    may_have_duplicates,
    refuse_duplicates,
)

TEXTS = st.text("ab:\"\\{}[],'/ ü\N{COUCH AND LAMP}", min_size=1, max_size=6).filter(
    lambda text: text == text.strip()
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("ref", "sku", "orderid", "id", "type"), TEXTS),
    "qty": st.integers(1, 10**9),
    "eta": st.one_of(st.none(), st.dates(EARLIEST_DATE, LATEST_DATE).map(str)),
}
FIELDS: dict[type[Event], tuple[str, ...]] = {
    BatchCreated: ("ref", "sku", "qty"),
    AllocationRequired: ("orderid", "sku", "qty"),
    BatchQuantityChanged: ("ref", "qty"),
}
MAY_BE_MISSING: dict[type[Event], tuple[str, ...]] = {BatchCreated: ("eta",)}
BESIDE = ("type", "id")
BLANKS = st.sampled_from(["", " ", "\n", "\t "])

Pairs = tuple[tuple[str, Any], ...]


@st.composite
def texts_written(draw: st.DrawFn, text: str) -> str:
    """A text in JSON, in one of the many ways to write it."""
    parts = [
        f"\\u{ord(sign):04x}"
        if ord(sign) < 0x10000 and draw(st.booleans())
        else json.dumps(sign, ensure_ascii=draw(st.booleans()))[1:-1]
        for sign in text
    ]
    return f'"{"".join(parts)}"'


@st.composite
def bodies(draw: st.DrawFn) -> tuple[Form[Any], bytes, set[str]]:
    """A form, a body of it whose values can all be, and the members that are there twice."""
    event = draw(st.sampled_from(list(FIELDS)))
    beside = draw(st.sampled_from([(), BESIDE]))
    more = (*FIELDS[event], *MAY_BE_MISSING.get(event, ()), *beside)
    names = [*FIELDS[event], *draw(st.lists(st.sampled_from(more), max_size=4))]
    members = []
    for name in draw(st.permutations(names)):
        value = draw(VALUES[name])
        text = draw(texts_written(value)) if isinstance(value, str) else json.dumps(value)
        around = [draw(BLANKS) for _ in range(4)]
        members.append(draw(texts_written(name)).join(around[:2]) + ":" + text.join(around[2:]))
    body = "{" + ",".join(members) + "}"
    return Form(event, beside=beside), body.encode(), {n for n in names if names.count(n) > 1}


@settings(max_examples=1000, deadline=None)
@given(bodies())
def test_a_member_that_is_there_twice_is_refused_and_no_other(
    asked: tuple[Form[Any], bytes, set[str]],
) -> None:
    form, body, twice = asked
    assert (repeated_in(form, body) in twice) if twice else (repeated_in(form, body) is None)


def repeated_in(form: Form[Any], body: bytes) -> str | None:
    """The member for which the body is refused."""
    try:
        form.read(body)
    except RepeatedField as refused:
        return refused.field
    return None


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Pairs]:
    names = st.sampled_from(["a", "b", "", 'a"', "\\a", "ä"])
    return st.lists(st.tuples(names, inner), max_size=4).map(tuple)


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3))
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), objects(inner)), max_leaves=15
)


def in_json(node: Any) -> str:
    if isinstance(node, tuple):
        return "{" + ",".join(f"{json.dumps(name)}:{in_json(value)}" for name, value in node) + "}"
    if isinstance(node, list):
        return "[" + ",".join(map(in_json, node)) + "]"
    return json.dumps(node)


def has_duplicates(node: Any) -> bool:
    if isinstance(node, tuple):
        names = [name for name, _ in node]
        return len(set(names)) < len(names) or any(has_duplicates(value) for _, value in node)
    return isinstance(node, list) and any(map(has_duplicates, node))


@settings(max_examples=500, deadline=None)
@given(DOCUMENTS)
def test_a_duplicate_is_found_at_any_depth(document: Any) -> None:
    try:
        refuse_duplicates(in_json(document).encode())
    except RepeatedField:
        assert has_duplicates(document)
    else:
        assert not has_duplicates(document)


@pytest.mark.parametrize(
    "body",
    [
        b'{"orderid": "o1", "sku": "LAMP", "qty": 1, "qty": 900}',
        b'{"orderid": "o1", "sku": "LAMP", "qty": 1, "\\u0071ty": 900}',
        b'{"orderid": "o:1", "qty": 1, "sku": "LAMP", "qty": 1}',
        b'\xef\xbb\xbf{"orderid": "o1", "sku": "LAMP", "qty": 1, "qty": 900}',
    ],
)
def test_the_member_is_named(body: bytes) -> None:
    with pytest.raises(RepeatedField, match="qty appears more than once") as refused:
        Form(AllocationRequired).read(body)
    assert refused.value.field == "qty"


def test_an_ordinary_body_need_not_be_read_twice() -> None:
    assert not may_have_duplicates(b'{"orderid": "o1", "sku": "LAMP", "qty": 1}', 3)
    assert may_have_duplicates(b'{"orderid": "o1", "sku": "A:B", "qty": 1}', 3)
