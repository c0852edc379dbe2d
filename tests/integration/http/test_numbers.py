"""Numbers in a body that no quantity can be are refused, and harm no other line."""

import json

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import add_batch

FAR = ["1e-9999999999999999999", "0e99999999999999999999", "1e9999999999999999999", "-1E+999"]


@pytest.mark.parametrize("qty", FAR)
def test_an_exponent_beyond_all_bounds_is_refused(client: Client, qty: str) -> None:
    add_batch(client)

    body = f'{{"orderid": "o1", "sku": "LAMP", "qty": {qty}}}'.encode()
    answer = client.post("/allocate", content=body)

    assert answer.status_code == 400
    assert answer.json()["code"] in ("invalid_value", "malformed_body")


def test_a_line_with_such_a_number_harms_no_other(client: Client) -> None:
    add_batch(client)
    line = '{"type": "AllocationRequired", "orderid": "%s", "sku": "LAMP", "qty": %s}'
    lines = [line % ("o1", 1), line % ("o2", FAR[0]), line % ("o3", 1)]

    answer = client.post("/messages", content="\n".join(lines).encode())

    assert answer.status_code == 200
    statuses = [json.loads(line)["status"] for line in answer.content.splitlines()]
    assert statuses == [201, 400, 201]
