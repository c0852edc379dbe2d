"""The endpoints that are served on the fast path are endpoints like any other."""

import json
from inspect import signature

import pytest
from litestar.handlers import HTTPRouteHandler

from allocation.entrypoints.http.fast_path import OnFastPath
from allocation.entrypoints.http.security import refuse_other_sites
from allocation.service_layer.messagebus import REGISTRY
from tests.integration.http.conftest import Client
from tests.support.requests import a_line_body, add_batch

PATHS = [f"/{entry.as_incoming.verb}" for entry in REGISTRY.incoming.values()]


def test_fast_path_routes_use_no_feature_that_the_fast_path_skips(client: Client) -> None:
    handlers = [h for route in client.app.routes for h in getattr(route, "route_handlers", ())]
    on_fast_path = [h for h in handlers if OnFastPath in h.resolve_middleware()]

    assert {path for handler in on_fast_path for path in handler.paths} == set(PATHS)
    for handler in on_fast_path:
        assert isinstance(handler, HTTPRouteHandler)
        assert list(signature(handler.fn).parameters) == ["request"]
        assert handler.resolve_before_request() is refuse_other_sites, "which the path does itself"
        for asked in (
            handler.resolve_guards(),
            handler.resolve_dependencies(),
            [layer for layer in handler.ownership_layers if layer.after_request],
            handler.resolve_after_response(),
            handler.resolve_response_headers(),
            handler.resolve_response_cookies(),
        ):
            assert not asked


BODIES = ["{}", "[", json.dumps(a_line_body(sku="NONE")), json.dumps(a_line_body())]


@pytest.mark.parametrize("body", BODIES)
def test_both_ways_to_an_endpoint_answer_alike(client: Client, body: str) -> None:
    """A slash at the end of a path is known to the framework's router only."""
    add_batch(client)

    fast, routed = (
        client.post(path, content=body, headers={"X-Request-ID": "same"})
        for path in ("/allocate", "/allocate/")
    )

    assert fast.status_code == routed.status_code
    assert fast.headers == routed.headers
    assert fast.content == routed.content
