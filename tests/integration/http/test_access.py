"""Nobody gets in without a valid key of the right scope, whatever the route."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

import pytest
from litestar import Request, post
from litestar.types import HTTPScope

from allocation.access.callers import OPEN
from allocation.access.scopes import Scope
from allocation.access.sessions import SessionLimits
from allocation.bootstrap import now
from allocation.config import LimitSettings
from allocation.entrypoints.http.access.declarations import ACCESS, PUBLIC, handlers_of
from allocation.entrypoints.http.access.gate import Gate
from allocation.entrypoints.http.callers import CALLER
from allocation.entrypoints.http.fast_path import HttpService, JsonAnswer, OnFastPath
from allocation.entrypoints.http.security import AllowedHosts
from allocation.errors import RegistryError
from allocation.views import LISTS
from tests.support.guarded import Guarded, guarded, invalid_keys, requests_to

READ, ORDERS, STOCK, ADMIN = Scope.READ, Scope.ORDERS, Scope.STOCK, Scope.ADMIN

Target = tuple[str, str, str]
"""A method, a route and a path."""

LIMITS: Final = SessionLimits(timedelta(hours=1), timedelta(hours=1))

PARTS: Final = 12
"""The requests are checked in so many tests, each of which has a minute."""

READS: Final = (
    "/",
    "/allocations/{orderid:path}",
    "/asyncapi.json",
    "/availability/{sku:path}",
    "/batches/{ref:path}",
    "/board/search",
    "/board/shipments",
    "/dead-letters",
    "/dead-letters/{id:str}",
    "/docs",
    "/docs/assets/{name:str}",
    "/docs/openapi.json",
    "/docs/{path:str}",
    "/events",
    "/messages/{id:path}",
    "/moves/{id:path}",
    "/openapi.json",
    "/orders/{orderid:path}",
    "/products/{sku:path}",
    "/promises/{id:path}",
    "/session",
    *(f"/{listing.name}" for listing in LISTS),
)
OF_ORDERS: Final = (
    "/allocate",
    "/cancel_order",
    "/cancel_order_line",
    "/change_order_line",
    "/ship_order",
    "/ship_order_line",
    "/unship_order_line",
)
OF_STOCK: Final = (
    "/add_batch",
    "/block_batch",
    "/cancel_batch",
    "/change_batch_eta",
    "/change_batch_quantity",
    "/receive_batch_part",
    "/unblock_batch",
)
OF_ADMINS: Final = (
    "/dead-letters/replay",
    "/dead-letters/{id:str}/discard",
    "/dead-letters/{id:str}/replay",
    "/keys/create",
    "/keys/{prefix:str}/revoke",
    "/keys/{prefix:str}/rotate",
)
BOARD: Final = "/board"
PAGES: Final = (
    *("stock", "stock/{sku:path}", "batches", "batches/{ref:path}"),
    *("orders", "orders/{orderid:path}"),
    *("messages", "messages/{id:path}", "resend/{id:path}", "failures", "flow"),
    *("changes", "static/{version:str}/{name:str}"),
    *(f"csv/{listing.name}" for listing in LISTS),
    "import",
)
IMPORT: Final = "/board/import/{id:str}"
KEY_CHANGES: Final = ("{prefix:str}/rotate", "{prefix:str}/revoke")
EXPECTED: Final[dict[tuple[str, str], Any]] = {
    **{("GET", f"{BOARD}/{path}"): {READ} for path in PAGES},
    **{("GET", f"{BOARD}/preview{path}"): {ORDERS} for path in OF_ORDERS},
    **{("POST", f"{BOARD}/send{path}"): {ORDERS} for path in OF_ORDERS},
    **{("GET", f"{BOARD}/preview{path}"): {STOCK} for path in OF_STOCK},
    **{("POST", f"{BOARD}/send{path}"): {STOCK} for path in OF_STOCK},
    ("POST", f"{BOARD}/clock"): {READ},
    ("POST", f"{BOARD}/example-shop"): {ADMIN},
    **{
        (method, f"{BOARD}/failures/{act}"): {ADMIN}
        for method in ("GET", "POST")
        for act in ("replay", "discard")
    },
    ("POST", f"{BOARD}/import"): {ORDERS, STOCK},
    **{("GET", path): {ORDERS, STOCK} for path in (IMPORT, f"{IMPORT}/refused")},
    **{("POST", f"{IMPORT}/{act}"): {ORDERS, STOCK} for act in ("read", "run", "stop")},
    ("GET", f"{BOARD}/access"): {ADMIN},
    **{("GET", f"{BOARD}/access/{path}"): {ADMIN} for path in KEY_CHANGES},
    **{("POST", f"{BOARD}/access/{path}"): {ADMIN} for path in ("create", *KEY_CHANGES)},
    **{("GET", path): {READ} for path in READS},
    **{("GET", path): PUBLIC for path in ("/health", "/health/live", "/health/ready")},
    **{("GET", path): PUBLIC for path in ("/login", "/login.css")},
    ("POST", "/login"): PUBLIC,
    ("POST", "/logout"): {READ},
    **{("POST", path): {ORDERS} for path in OF_ORDERS},
    **{("POST", path): {STOCK} for path in OF_STOCK},
    ("POST", "/messages"): {ORDERS, STOCK},
    **{("POST", path): {ADMIN} for path in OF_ADMINS},
    ("GET", "/keys"): {ADMIN},
}
"""What every handler is to need, written down once more: it derives from no declaration."""

NEEDS_A_FORM: Final = ("POST", "/login")
"""Is refused without the token of its form, whatever the key."""

ELSEWHERE: Final = (
    ("GET", "/nothing"),
    ("POST", "/nothing"),
    ("GET", "/docs/assets/swagger-ui.css"),
    ("GET", "/docs/assets/start.js"),
    ("POST", "/allocate/"),
    ("GET", "/products/"),
    ("DELETE", "/allocate"),
    ("BREW", "/docs"),
    ("GET", "//health"),
    ("GET", "/health/live/x"),
)
"""Requests without a handler of their own."""


def needed_by(method: str, path: str) -> Any:
    """What a request is to need."""
    if method == "HEAD" and ("GET", path) in EXPECTED:
        method = "GET"
    return EXPECTED.get((method, path.rstrip("/") or "/"), {READ})


def all_requests(app: Any) -> list[Target]:
    """Requests to every handler, and to what has none."""
    return [*requests_to(app), *((method, path, path) for method, path in ELSEWHERE)]


async def holes(service: Guarded, requests: Sequence[Target]) -> list[str]:
    """The requests that are served to a caller who may not make them, or refused to another."""
    service.app.state.streams.close_all()  # those who may have a stream are told 503 at once
    invalid = await invalid_keys(service)
    keys = {scope: await service.create(f"with {scope}", scope) for scope in Scope}

    async def check(method: str, route: str, path: str) -> list[str]:
        needed = needed_by(method, route)
        wrong = []
        for fault, key in invalid.items():
            status = await service.status(method, path, key)
            if (status == 401) is (needed is PUBLIC):
                wrong.append(f"{method} {path} with key {fault}: {status}")
        for scope, key in keys.items():
            is_enough = needed is PUBLIC or scope is ADMIN or READ in needed or scope in needed
            status = await service.status(method, path, key)
            is_refused = status in (401, 403) and (method, path) != NEEDS_A_FORM
            if is_refused is is_enough:
                wrong.append(f"{method} {path} with scope {scope}: {status}")
        return wrong

    checked = await asyncio.gather(*(check(*request) for request in requests))
    return [line for lines in checked for line in lines]


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_request_needs_a_valid_key_of_the_right_scope(
    sqlite_url: str, part: int
) -> None:
    async with guarded(sqlite_url) as service:
        assert await holes(service, all_requests(service.app)[part::PARTS]) == []


async def test_the_table_has_every_handler(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        handlers = {
            (method, path)
            for path, handler in handlers_of(service.app)
            for method in handler.http_methods
        }

    assert handlers == EXPECTED.keys()


async def test_a_first_layer_that_lets_everybody_in_is_found(sqlite_url: str) -> None:
    async def let_in(scope: HTTPScope) -> None:
        scope[CALLER] = OPEN  # type: ignore[typeddict-unknown-key]

    async with guarded(sqlite_url) as service:
        service.app.gate.admit = let_in

        lines = await holes(service, [(method, path, path) for method, path in ELSEWHERE])
        for method, path in ELSEWHERE:
            assert any(line.startswith(f"{method} {path} with key none: ") for line in lines)


async def test_a_second_layer_that_checks_nothing_is_found(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        service.app.gate.permit = lambda scope: None

        paths = ("/allocate", "/dead-letters/replay")
        lines = await holes(service, [("POST", path, path) for path in paths])
        assert "POST /allocate with scope read: 400" in lines
        assert "POST /dead-letters/replay with scope orders: 200" in lines


@pytest.mark.parametrize("path", ["/block_batch", "/dead-letters/replay"])
async def test_a_handler_with_too_low_a_scope_is_found(sqlite_url: str, path: str) -> None:
    async with guarded(sqlite_url) as service:
        [handler] = [each for place, each in handlers_of(service.app) if place == path]
        handler.opt[ACCESS] = READ

        lines = await holes(service, [("POST", path, path)])
        assert {line.split(":")[0] for line in lines} >= {
            f"POST {path} with scope read",
            f"POST {path} with scope orders",
        }


@pytest.mark.parametrize("middleware", [[OnFastPath], []])
def test_a_handler_without_a_declaration_is_an_error_at_start(middleware: list[Any]) -> None:
    @post("/forgotten", middleware=middleware)
    async def forgotten(request: Request[Any, Any, Any]) -> JsonAnswer[str]:
        return JsonAnswer("", 200)

    with pytest.raises(RegistryError, match=r"POST /forgotten .*forgotten.* does not declare"):
        HttpService(
            [forgotten],
            gate=Gate(AllowedHosts(), LimitSettings(), now, LIMITS, may_be_open=True),
            openapi_config=None,
            logging_config=None,
        )


FOREIGN: Final = (
    {"Origin": "http://elsewhere.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://allocation.test"},
)


def changing(app: Any) -> Iterator[str]:
    """The paths of all requests that change something."""
    for method, _, path in requests_to(app):
        if method not in ("GET", "HEAD", "OPTIONS"):
            yield path


async def test_no_change_is_requested_in_a_session_without_its_token(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("admin", ADMIN)
        token = await service.log_in(key)
        service.client.cookies.clear()
        other = await service.log_in(key)
        for path in changing(service.app):
            for wrong in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": token}):
                assert await service.status("POST", path, **wrong) == 403, (path, wrong)
        headers = {"X-CSRF-Token": other}
        answer = await service.client.post("/dead-letters/replay", headers=headers)
        assert answer.status_code == 200
        assert await service.status("POST", "/allocate", **headers) == 400  # no body


async def test_no_change_is_requested_by_another_site_or_for_another_host(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("admin", ADMIN)
        paths = [*changing(service.app)]
        assert len(paths) == len([method for method, _ in EXPECTED if method == "POST"])
        for path in paths:
            for headers in FOREIGN:
                assert await service.status("POST", path, key, **headers) == 403, (path, headers)
            assert await service.status("POST", path, key, Host="elsewhere.example") == 421, path
