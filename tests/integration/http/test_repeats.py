"""What is there twice and may be there once is refused, and changes nothing."""

import json

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import a_line_body, add_batch


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/add_batch", b'{"ref": "b1", "sku": "LAMP", "qty": 1, "qty": 900}', "qty"),
        ("/add_batch", b'{"ref": "b1", "sku": "LAMP", "qty": 1, "\\u0071ty": 900}', "qty"),
        ("/add_batch", b'{"eta": null, "ref": "b1", "sku": "LAMP", "qty": 1, "eta": null}', "eta"),
        ("/allocate", b'{"sku": "X", "orderid": "o1", "sku": "LAMP", "qty": 1}', "sku"),
        ("/change_batch_quantity", b'{"ref": "b1", "qty": 0, "ref": "b1"}', "ref"),
    ],
)
def test_a_member_that_is_there_twice_is_400_and_named(
    client: Client, path: str, body: bytes, field: str
) -> None:
    answer = client.post(path, content=body)

    assert (answer.status_code, answer.json()) == (
        400,
        {"code": "repeated_field", "message": f"{field} appears more than once", "field": field},
    )
    assert client.get("/products/LAMP").status_code == 404


@pytest.mark.parametrize("field", ["type", "id", "sku"])
def test_a_member_of_a_line_too(client: Client, field: str) -> None:
    add_batch(client)
    line = {"type": "AllocationRequired", "id": "k1", **a_line_body()}
    twice = f'{json.dumps(line)[:-1]}, "{field}": {json.dumps(line[field])}}}'
    (answered,) = client.post("/messages", content=twice).text.splitlines()

    answer = json.loads(answered)
    assert (answer["status"], answer["error"]["code"]) == (400, "repeated_field")
    assert answer["error"]["field"] == field
    assert client.get("/allocations/o1").status_code == 404
