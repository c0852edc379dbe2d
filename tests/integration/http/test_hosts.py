"""Requests that are meant for another host are refused, wherever they would have gone."""

import json

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import a_batch_body

ADDRESSES = [
    *(("POST", path) for path in ("/add_batch", "/allocate", "/change_batch_quantity")),
    *(("POST", path) for path in ("/messages", "/dead-letters/replay")),
    *(("GET", path) for path in ("/", "/products/LAMP", "/health", "/dead-letters", "/nothing")),
    *(("GET", path) for path in ("/docs", "/openapi.json", "/docs/assets/swagger-ui.css")),
    *(("HEAD", "/health"), ("OPTIONS", "/allocate"), ("DELETE", "/allocate")),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_a_page_whose_name_leads_here_gets_nothing(client: Client, method: str, path: str) -> None:
    """DNS rebinding: to the reader's browser it is a request to the page's own site."""
    headers = {"Host": "elsewhere.example:8000", "Origin": "http://elsewhere.example:8000"}
    body = json.dumps(a_batch_body())
    answer = client.request(method, path, content=body, headers=headers)

    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/json"
    if method != "HEAD":
        assert answer.json() == {
            "code": "host_not_allowed",
            "message": "This service does not serve the host elsewhere.example",
        }
    assert client.get("/products/LAMP").status_code == 404


@pytest.mark.parametrize("host", ["a b", "", "[::1", "localhost:x"])
def test_an_invalid_host_is_400(client: Client, host: str) -> None:
    answer = client.post("/add_batch", content=json.dumps(a_batch_body()), headers={"Host": host})

    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["field"]) == ("invalid_host", "Host")
    assert client.get("/products/LAMP").status_code == 404
