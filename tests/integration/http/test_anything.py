"""Whatever is sent, it is not a fault of ours: never a 500."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.http.conftest import Client, served
from tests.support.databases import SQLite
from tests.support.requests import add_batch

PATHS = st.sampled_from(["/add_batch", "/allocate", "/change_batch_quantity"])
NAMES = st.sampled_from(["b1", "b2", "LAMP", "o1", "ref", "sku", "qty", "eta", "orderid"])
QUANTITIES = st.one_of(st.integers(-2, 30), st.integers(), st.floats(), st.booleans())
TEXTS = st.one_of(NAMES, st.text(max_size=8), st.dates().map(str))
ANY_VALUE = st.recursive(
    st.one_of(st.none(), QUANTITIES, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
NEARLY_RIGHT = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("ref", "sku", "orderid"), st.one_of(TEXTS, ANY_VALUE)),
        "qty": st.one_of(QUANTITIES, ANY_VALUE),
        "eta": st.one_of(st.none(), TEXTS, ANY_VALUE),
        "more": ANY_VALUE,
    },
)
CONTENTS = st.one_of(st.one_of(NEARLY_RIGHT, ANY_VALUE).map(json.dumps), st.binary(max_size=40))
KEYS = st.one_of(
    st.none(), st.sampled_from(["k1", "k2", ""]), st.text("ab \x7f\xe9", min_size=1, max_size=300)
)


@pytest.fixture(scope="module")
def client(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with served(sqlite.migrated(tmp_path_factory.mktemp("anything"))) as client:
        add_batch(client)
        yield client


@settings(max_examples=300, deadline=None)
@given(path=PATHS, content=CONTENTS, key=KEYS)
def test_no_request_is_a_fault_of_ours(
    client: Client, path: str, content: str | bytes, key: str | None
) -> None:
    headers: Any = {} if key is None else {b"Idempotency-Key": key.encode("latin-1")}

    answer = client.post(path, content=content, headers=headers)

    assert answer.status_code in (200, 201, 202, 400, 404, 409, 422), answer.text
    if answer.status_code >= 400:
        assert answer.json()["message"]
