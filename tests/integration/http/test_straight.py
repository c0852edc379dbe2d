"""The endpoints that are served on the straight way are endpoints like any other."""

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import a_line_body, add_batch, post

PATHS = ["/add_batch", "/allocate", "/change_batch_quantity"]


@pytest.mark.parametrize("path", PATHS)
def test_what_may_be_done_is_told(client: Client, path: str) -> None:
    answer = client.options(path)

    assert answer.status_code == 204
    assert answer.headers["allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("path", PATHS)
def test_nothing_else_may_be_done(client: Client, path: str) -> None:
    assert client.get(path).status_code == 405


@pytest.mark.parametrize("path", PATHS)
def test_the_page_of_another_site_is_refused(client: Client, path: str) -> None:
    answer = client.post(path, content="{}", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


def test_the_answer_says_what_it_is(client: Client) -> None:
    add_batch(client)

    answer = post(client, "/allocate", a_line_body())

    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.content)
