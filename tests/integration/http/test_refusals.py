"""What is refused: with its status, a message, and the field where it is one."""

import json
from typing import Any

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import a_batch_body, a_line_body, add_batch, allocate, post

BATCH, LINE, CHANGE = "/add_batch", "/allocate", "/change_batch_quantity"

CANNOT_BE: list[tuple[str, str, Any]] = [
    *((BATCH, "qty", qty) for qty in (0, -1, True, "5", 1.5, None, 10**9 + 1, 10**30, [5])),
    *(
        (BATCH, "ref", ref)
        for ref in ("", "   ", " b1", "b1 ", "b\n1", "b\x001", "b\u00ad1", "x" * 256, 7, None)
    ),
    *((BATCH, "sku", sku) for sku in ("", "\t", "a\u200bb", False)),
    *(
        (BATCH, "eta", eta)
        for eta in ("", "tomorrow", "2030-02-30", "2030-01-01T10:00:00", "1999-12-31", 5)
    ),
    *((LINE, "qty", qty) for qty in (0, -1, 10**9 + 1, "1", 2.0001)),
    *((LINE, "orderid", orderid) for orderid in ("", "o\r1", 10248, None)),
    (LINE, "sku", ""),
    *((CHANGE, "qty", qty) for qty in (-1, True, "10", None, 10**9 + 1)),
    *((CHANGE, "ref", ref) for ref in ("", 1)),
]

BODIES = {
    BATCH: a_batch_body(),
    LINE: a_line_body(),
    CHANGE: {"ref": "b1", "qty": 5},
}


@pytest.mark.parametrize(("path", "field", "value"), CANNOT_BE)
def test_a_value_that_cannot_be_is_400_and_names_the_field(
    client: Client, path: str, field: str, value: Any
) -> None:
    add_batch(client)
    before = client.get("/products/LAMP").json()

    answer = post(client, path, {**BODIES[path], field: value})

    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert body["field"] == field
    assert field in body["message"]
    assert client.get("/products/LAMP").json() == before


WHY = {
    "unknown_field": "is not a field of this message",
    "missing_field": "is missing",
    "repeated_field": "appears more than once",
}


def twice(path: str, field: str, spelling: str = "") -> str:
    """A body in which a field is there twice."""
    body = json.dumps(BODIES[path])
    return f'{body[:-1]}, "{spelling or field}": {json.dumps(BODIES[path][field])}}}'


@pytest.mark.parametrize(
    ("path", "content", "code", "field"),
    [
        *(
            (path, json.dumps(body | {"ETA": "2030-01-01"}), "unknown_field", "ETA")
            for path, body in BODIES.items()
        ),
        *(
            (
                path,
                json.dumps({name: body[name] for name in body if name != field}),
                "missing_field",
                field,
            )
            for path, body in BODIES.items()
            for field in body
            if field != "eta"
        ),
        *((BATCH, twice(BATCH, field), "repeated_field", field) for field in ("qty", "eta")),
        (BATCH, twice(BATCH, "qty", "\\u0071ty"), "repeated_field", "qty"),
        (LINE, twice(LINE, "sku"), "repeated_field", "sku"),
        (CHANGE, twice(CHANGE, "ref"), "repeated_field", "ref"),
    ],
)
def test_a_field_that_is_unknown_or_missing_or_there_twice_is_400_and_named(
    client: Client, path: str, content: str, code: str, field: str
) -> None:
    answer = client.post(path, content=content)

    error = {"code": code, "message": f"{field} {WHY[code]}", "field": field}
    assert (answer.status_code, answer.json()) == (400, error)
    assert client.get("/products/LAMP").status_code == 404


HALF = b'{"ref": "b\\ud800", "orderid": "o\\ud800", "sku": "LAMP", "qty": 1}'
"""Half a character: JSON can write it, and no text can hold it."""

WRONG_AND_CUT_OFF = b'{"qty": 1.5, "sku'
"""A value that cannot be, before the place at which it stops being JSON."""

FAR = (
    *(b"1e-9999999999999999999", b"0e99999999999999999999", b"1e9999999999999999999", b"-1E+999"),
)
"""Exponents beyond all bounds."""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"{'ref': 1}",
        b"[" * 60_000,
        HALF,
        WRONG_AND_CUT_OFF,
        *(b'{"ref": "b", "orderid": "o", "sku": "LAMP", "qty": %s}' % qty for qty in FAR),
    ],
)
@pytest.mark.parametrize("path", BODIES)
def test_a_body_that_is_no_json_object_or_has_no_such_number_is_400(
    client: Client, path: str, content: bytes
) -> None:
    answer = client.post(path, content=content)

    assert answer.status_code == 400, answer.text
    assert answer.json()["message"]


OTHER_FACTS: dict[str, dict[str, Any]] = {
    "qty 100, not 99": {"qty": 99},
    "sku LAMP, not TABLE": {"sku": "TABLE"},
    "eta none, not 2030-01-01": {"eta": "2030-01-01"},
}
LINE_EXISTS = "Order {0} already has a line for LAMP with qty {1}, not 11"


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "message"),
    [
        (CHANGE, {"ref": "no-such", "qty": 1}, 404, "unknown_batch", "Unknown batch no-such"),
        (LINE, a_line_body(sku="NO-SUCH"), 400, "invalid_sku", "Invalid sku NO-SUCH"),
        *(
            (
                BATCH,
                a_batch_body(**other),
                409,
                "batch_conflict",
                f"Batch b1 already exists with {why}",
            )
            for why, other in OTHER_FACTS.items()
        ),
        *(
            (LINE, a_line_body(orderid=o, qty=11), 409, "line_conflict", LINE_EXISTS.format(o, qty))
            for o, qty in (("allocated", 10), ("waiting", 500))
        ),
    ],
)
def test_a_request_that_the_stock_contradicts_is_refused_with_code_and_message(
    client: Client, path: str, body: dict[str, Any], status: int, code: str, message: str
) -> None:
    add_batch(client)
    allocate(client, "allocated", 10)
    allocate(client, "waiting", 500)

    answer = post(client, path, body)

    assert (answer.status_code, answer.json()) == (status, {"code": code, "message": message})


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://allocation.test"},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", BODIES)
def test_the_page_of_another_site_changes_nothing(
    client: Client, path: str, headers: dict[str, str]
) -> None:
    answer = client.post(path, content=json.dumps(BODIES[path]), headers=headers)

    assert answer.status_code == 403
    assert answer.json() == {
        "code": "forbidden_origin",
        "message": "Requests from the pages of other sites are refused",
    }
    assert client.get("/products/LAMP", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://behind.a.proxy"},
        {"Origin": "http://allocation.test"},
    ],
    ids=str,
)
def test_a_page_of_our_own_may_ask(client: Client, headers: dict[str, str]) -> None:
    answer = client.post("/add_batch", content=json.dumps(BODIES[BATCH]), headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize("path", BODIES)
def test_too_large_a_body_is_413(client: Client, path: str) -> None:
    answer = post(client, path, {**BODIES[path], "padding": "x" * 65536})

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
