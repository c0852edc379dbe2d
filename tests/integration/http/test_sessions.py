"""Browsers log in with a key; their session ends with it, and its changes need a token."""

import re
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response

from allocation.access.scopes import Scope
from tests.support.guarded import HOST, Guarded, guarded, requests_to

PAGE = "/products/LAMP"
BATCH = b'{"ref": "b1", "sku": "LAMP", "qty": 5}'
COOKIE = "allocation_session"


async def log_in(service: Guarded, key: str, **fields: str) -> Response:
    """Send the form of the login, as a browser does."""
    page = (await service.client.get("/login")).text
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf": token[1], "key": key, **fields}
    return await service.client.post("/login", data=form)


async def token_of(service: Guarded) -> str:
    token: str = (await service.client.get("/session")).json()["csrf_token"]
    return token


async def test_a_session_has_the_sender_and_the_scopes_of_its_key(database_url: str) -> None:
    async with guarded(database_url) as service:
        key = await service.create("shop", Scope.ORDERS)

        response = await log_in(service, key, next="/docs?x=1")

        assert (response.status_code, response.headers["location"]) == (303, "/docs?x=1")
        session = (await service.client.get("/session")).json()
        assert (session["sender"], session["scopes"]) == ("key:shop", ["read", "orders"])
        token = {"X-CSRF-Token": session["csrf_token"]}
        refused = await service.client.post("/add_batch", content=BATCH, headers=token)
        assert refused.json()["code"] == "forbidden_scope"


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(database_url: str) -> None:
    async with guarded(database_url) as service:
        key = await service.create("shop", Scope.READ)

        cookie = (await log_in(service, key)).headers["set-cookie"]

        assert re.fullmatch(rf"{COOKIE}=[\w-]{{43}}; Path=/; HttpOnly; SameSite=Strict", cookie)


async def test_the_cookie_is_sent_over_tls_only_once_tls_is_used(database_url: str) -> None:
    async with guarded(database_url) as service:
        key = await service.create("shop", Scope.READ)
        service.client.base_url = f"https://{HOST}"

        cookie = (await log_in(service, key)).headers["set-cookie"]

        assert cookie.startswith(f"__Host-{COOKIE}=")
        assert cookie.endswith("; Secure")
        assert await service.status("GET", "/session") == 200


async def test_the_database_has_no_secret_of_a_session(database_url: str) -> None:
    async with guarded(database_url) as service:
        await log_in(service, await service.create("shop", Scope.READ))

        stored = service.app.state.application.sessions
        with stored._database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT * FROM access_sessions").all()

        assert len(rows) == 1
        assert service.client.cookies[COOKIE] not in str(rows)


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


async def test_a_session_ends_with_its_key(database_url: str) -> None:
    async with guarded(database_url) as service:
        await log_in(service, await service.create("shop", Scope.READ))

        service.revoke("shop")
        await service.app.gate.ring.refreshed()

        assert await service.status("GET", "/session") == 401


async def test_a_session_ends_when_its_key_expires(database_url: str) -> None:
    async with guarded(database_url) as service:
        key = await service.create("shop", Scope.READ, lifetime=timedelta(minutes=10))
        await log_in(service, key)

        service.clock.go_on(seconds=600)

        assert await service.status("GET", "/session") == 401


@pytest.mark.parametrize(("seconds", "status"), [(3599, 200), (3600, 401)])
async def test_a_session_that_is_not_used_ends_after_an_hour(
    database_url: str, seconds: int, status: int
) -> None:
    async with guarded(database_url) as service:
        await log_in(service, await service.create("shop", Scope.READ))

        service.clock.go_on(seconds=seconds)

        assert await service.status("GET", "/session") == status


async def test_a_session_that_is_used_goes_on_until_twelve_hours_after_the_login(
    database_url: str,
) -> None:
    async with guarded(database_url) as service:
        await log_in(service, await service.create("shop", Scope.READ))
        sessions = service.app.state.application.sessions
        [row] = service.app.gate.ring.latest._sessions
        for _ in range(12):
            assert await service.status("GET", "/session") == 200
            service.clock.go_on(seconds=3599)
            sessions.note_use(row, service.clock.now)
            await service.app.gate.ring.refreshed()

        service.clock.go_on(seconds=12)

        assert await service.status("GET", "/session") == 401


async def test_an_expired_session_is_removed(database_url: str) -> None:
    async with guarded(database_url) as service:
        await log_in(service, await service.create("shop", Scope.READ))
        sessions = service.app.state.application.sessions
        assert sessions.prune() == 0

        service.clock.go_on(seconds=3600)

        assert sessions.prune() == 1


async def test_each_login_opens_a_new_session_and_ends_the_one_before(database_url: str) -> None:
    """So nobody can give a browser a session that he knows."""
    async with guarded(database_url) as service:
        key = await service.create("shop", Scope.READ)
        await log_in(service, key)
        first = service.client.cookies[COOKIE]

        form = {"csrf": "", "key": key}
        page = await service.client.get("/login")
        assert "logged in as" in page.text
        form["csrf"] = service.client.cookies["allocation_form"]
        await service.client.post("/login", data=form)

        assert service.client.cookies[COOKIE] != first
        service.client.cookies.clear()
        service.client.cookies.set(COOKIE, first)
        assert await service.status("GET", "/session") == 401


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/x\r\nSet-Cookie: a=b",
        "",
        "x",
    ],
)
async def test_a_login_leads_to_no_other_site(database_url: str, place: str) -> None:
    async with guarded(database_url) as service:
        key = await service.create("shop", Scope.READ)

        response = await log_in(service, key, next=place)

        assert response.headers["location"] == "/docs"
        assert "a=b" not in response.headers["set-cookie"]


async def test_a_form_from_another_browser_is_refused(database_url: str) -> None:
    async with guarded(database_url) as service:
        key = await service.create("shop", Scope.READ)

        response = await service.client.post("/login", data={"csrf": "x", "key": key})

        assert response.status_code == 403
        assert COOKIE not in response.headers["set-cookie"]


async def test_a_form_from_another_site_is_refused(database_url: str) -> None:
    async with guarded(database_url) as service:
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

        response = await service.client.post("/login", data={"key": "x"}, headers=headers)

        assert response.json()["code"] == "forbidden_origin"


@pytest.mark.parametrize("key", ["", "no-key-at-all", "alk_000000000000_" + "A" * 43])
async def test_a_wrong_key_is_told_on_the_page_and_not_shown_again(
    database_url: str, key: str
) -> None:
    async with guarded(database_url) as service:
        await service.create("shop", Scope.READ)

        response = await log_in(service, key)

        assert response.status_code == 401
        assert 'role="alert"' in response.text
        assert not key or key not in response.text.replace('id="key"', "")


async def test_a_browser_is_sent_to_the_login_and_a_program_is_not(database_url: str) -> None:
    async with guarded(database_url) as service:
        await service.create("shop", Scope.READ)

        browser = await service.client.get("/docs?a=1", headers={"Accept": "text/html,*/*"})
        program = await service.client.get("/docs?a=1")

        assert (browser.status_code, browser.headers["location"]) == (
            303,
            "/login?next=%2Fdocs%3Fa%3D1",
        )
        assert program.status_code == 401


async def test_two_cookies_of_the_same_name_are_none(database_url: str) -> None:
    async with guarded(database_url) as service:
        await log_in(service, await service.create("shop", Scope.READ))
        secret = service.client.cookies[COOKIE]
        service.client.cookies.clear()
        doubled = {"Cookie": f"{COOKIE}={secret}; {COOKIE}={secret}"}

        response = await service.client.get("/session", headers=doubled)

        assert response.json()["code"] == "key_required"


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
