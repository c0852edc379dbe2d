"""The endpoints that are served on the straight way are endpoints like any other."""

from inspect import signature

import pytest
from litestar.handlers import HTTPRouteHandler

from allocation.entrypoints.http.origins import refuse_other_sites
from allocation.entrypoints.http.straight import Straight
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


def test_nobody_relies_on_what_is_not_done_on_that_way(client: Client) -> None:
    handlers = [h for route in client.app.routes for h in getattr(route, "route_handlers", ())]
    straight = [h for h in handlers if Straight in h.resolve_middleware()]

    assert {path for handler in straight for path in handler.paths} == set(PATHS)
    for handler in straight:
        assert isinstance(handler, HTTPRouteHandler)
        assert list(signature(handler.fn).parameters) == ["request"]
        assert handler.resolve_before_request() is refuse_other_sites, "which the way does itself"
        for asked in (
            handler.resolve_guards(),
            handler.resolve_dependencies(),
            [layer for layer in handler.ownership_layers if layer.after_request],
            handler.resolve_after_response(),
            handler.resolve_response_headers(),
            handler.resolve_response_cookies(),
        ):
            assert not asked
