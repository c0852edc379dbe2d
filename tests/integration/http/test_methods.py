"""HEAD is answered as GET is, without the body; OPTIONS tells both."""

import re

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import add_batch, allocate

PAGES = [
    *("/", "/docs", "/docs/openapi.json", "/openapi.json", "/docs/assets/swagger-ui.css"),
    *("/health", "/products/LAMP", "/allocations/o1", "/dead-letters"),
    "/messages/no-such",
    *("/products/NO-SUCH", "/allocations/no-such", "/dead-letters/no-such", "/no-such"),
]


@pytest.fixture
def client(client: Client) -> Client:
    """The service, with something to look at."""
    add_batch(client)
    allocate(client)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_head_is_answered_as_get_is_without_the_body(client: Client, page: str) -> None:
    same_id = {"X-Request-ID": "same"}
    get = client.get(page, follow_redirects=False, headers=same_id)
    head = client.head(page, follow_redirects=False, headers=same_id)

    assert head.status_code == get.status_code
    assert head.content == b""
    assert int(head.headers["content-length"]) == len(get.content)
    assert dict(head.headers) == dict(get.headers)


def test_every_get_of_the_document_takes_head(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        answer = client.head(re.sub(r"{\w+}", "x", path))
        assert (answer.status_code != 405) == ("get" in operations), path


@pytest.mark.parametrize("page", ["/health", "/products/LAMP", "/docs", "/openapi.json"])
def test_options_of_a_page_lists_the_allowed_methods(client: Client, page: str) -> None:
    options, refused = client.options(page), client.delete(page)

    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "path",
    ["/add_batch", "/allocate", "/change_batch_quantity", "/messages", "/dead-letters/replay"],
)
def test_a_head_request_changes_nothing(client: Client, path: str) -> None:
    answer = client.head(path)

    assert (answer.status_code, answer.content) == (405, b"")
    assert answer.headers["allow"] == "OPTIONS, POST"
    assert client.options(path).headers["allow"] == "OPTIONS, POST"
