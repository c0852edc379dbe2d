"""The page of the login, and the token that every change in a session needs."""

import re
from typing import Any

import pytest
from httpx import Response

from allocation.access.scopes import Scope
from tests.support.guarded import Guarded, guarded, requests_to

PAGE = "/products/LAMP"
BATCH = b'{"ref": "b1", "sku": "LAMP", "qty": 5}'
COOKIE = "allocation_session"


async def log_in(service: Guarded, key: str, **fields: str) -> Response:
    """Send the form of the login, as a browser does."""
    form = {"csrf": token_in((await service.client.get("/login")).text), "key": key, **fields}
    return await service.client.post("/login", data=form)


def token_in(page: str) -> str:
    """The token of the form on a page of the login."""
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token is not None
    return token[1]


async def token_of(service: Guarded) -> str:
    token: str = (await service.client.get("/session")).json()["csrf_token"]
    return token


@pytest.mark.parametrize("token", [None, "", "x", "0" * 64, "é"])
async def test_a_change_needs_the_token_of_its_session(
    database_url: str, token: str | None
) -> None:
    async with guarded(database_url) as service:
        await log_in(service, await service.create("shop", Scope.ADMIN))
        headers = [] if token is None else [(b"X-CSRF-Token", token.encode())]

        refused = await service.client.post("/add_batch", content=BATCH, headers=headers)

        assert (refused.status_code, refused.json()["code"]) == (403, "invalid_csrf_token")
        right = {"X-CSRF-Token": await token_of(service)}
        done = await service.client.post("/add_batch", content=BATCH, headers=right)
        assert done.status_code == 201


async def test_every_changing_route_asks_for_the_token(database_url: str) -> None:
    async with guarded(database_url) as service:
        await log_in(service, await service.create("shop", Scope.ADMIN))
        changing = [
            (m, p) for m, _, p in requests_to(service.app) if m in {"POST", "DELETE", "PUT"}
        ]

        refused = {
            (method, path): (await service.client.request(method, path)).json().get("code")
            for method, path in changing
            if path != "/login"  # its form has a token of its own
        }

        assert len(refused) > 20
        assert set(refused.values()) == {"invalid_csrf_token"}


async def test_a_request_with_a_key_needs_no_token(database_url: str) -> None:
    async with guarded(database_url) as service:
        key = await service.create("shop", Scope.ADMIN)
        await log_in(service, key)
        headers = {"Authorization": f"Bearer {key}"}

        response = await service.client.post("/add_batch", content=BATCH, headers=headers)

        assert response.status_code == 201


async def test_a_cookie_that_is_replayed_after_the_logout_is_refused(database_url: str) -> None:
    async with guarded(database_url) as service:
        await log_in(service, await service.create("shop", Scope.READ))
        stolen = service.client.cookies[COOKIE]
        refused = await service.client.post("/logout", data={"csrf": "x"})
        assert refused.status_code == 403

        response = await service.client.post("/logout", data={"csrf": await token_of(service)})

        assert (response.status_code, response.headers["location"]) == (303, "/login")
        assert COOKIE not in service.client.cookies
        service.client.cookies.set(COOKIE, stolen)
        replayed = await service.client.get("/session")
        assert (replayed.status_code, replayed.json()["code"]) == (401, "session_ended")


async def test_an_expired_session_is_removed(database_url: str) -> None:
    async with guarded(database_url) as service:
        await log_in(service, await service.create("shop", Scope.READ))
        sessions = service.app.state.application.sessions
        assert sessions.prune() == 0

        service.clock.go_on(seconds=3600)

        assert sessions.prune() == 1


async def test_a_form_from_another_site_is_refused(database_url: str) -> None:
    async with guarded(database_url) as service:
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

        response = await service.client.post("/login", data={"key": "x"}, headers=headers)

        assert response.json()["code"] == "forbidden_origin"


async def test_without_keys_there_is_nothing_to_log_in_to(database_url: str) -> None:
    async with guarded(database_url) as service:
        page = await service.client.get("/login")

        assert "no access keys" in page.text
        assert "<form" not in page.text


async def test_the_page_has_nothing_inline_and_nothing_of_others(database_url: str) -> None:
    async with guarded(database_url) as service:
        await service.create("shop", Scope.READ)
        page = (await service.client.get("/login")).text

        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page)
        links: list[Any] = re.findall(r'(?:href|src|action)="([^"]+)"', page)
        assert all(link.startswith(("/", "data:,")) for link in links)


async def test_a_form_is_sent_after_another_tab_was_given_one(database_url: str) -> None:
    async with guarded(database_url) as service:
        key = await service.create("shop", Scope.READ)
        first = token_in((await service.client.get("/login")).text)
        second = token_in((await service.client.get("/login")).text)
        wrong = await service.client.post("/login", data={"csrf": second, "key": "wrong"})

        right = await service.client.post("/login", data={"csrf": first, "key": key})

        assert (wrong.status_code, right.status_code) == (401, 303)


@pytest.mark.parametrize("cookie", ["x", "a" * 31 + ";", '"><script>'])
async def test_a_form_does_not_take_any_cookie_for_its_token(
    database_url: str, cookie: str
) -> None:
    async with guarded(database_url) as service:
        await service.create("shop", Scope.READ)
        headers = {"Cookie": f"allocation_form={cookie}"}
        page = (await service.client.get("/login", headers=headers)).text
        assert re.fullmatch(r"[\w-]{32}", token_in(page))


@pytest.mark.parametrize("path", ["/board/orders/A%23B", "/board/orders/A%3FB%2Fm%C3%A4rz"])
async def test_the_login_leads_back_to_the_page_that_was_asked_for(
    database_url: str, path: str
) -> None:
    async with guarded(database_url) as service:
        key = await service.create("shop", Scope.READ)
        html = {"Accept": "text/html"}
        login = await service.client.get(path, headers=html)
        page = (await service.client.get(login.headers["location"], headers=html)).text
        place = re.search(r'name="next" value="([^"]+)"', page)
        assert place is not None

        answer = await log_in(service, key, next=place[1])

        assert answer.headers["location"].replace("/B", "%2FB").replace("B/", "B%2F") == path
