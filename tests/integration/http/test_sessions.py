"""Browser sessions: logging in, the token of changes, and the end of a session."""

import re
from datetime import timedelta

import pytest
from httpx import Response

from allocation.access.scopes import Scope
from allocation.access.sessions import SessionSecret
from allocation.entrypoints.http.access.cookies import NAME
from tests.support.guarded import HOST, Guarded, guarded

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def cookie_of(service: Guarded) -> str:
    """The secret that the browser has."""
    return str(service.client.cookies[NAME])


async def replayed(service: Guarded, secret: str) -> Response:
    """The response to a request with the cookie of a session."""
    service.client.cookies.clear()
    return await service.client.get("/session", headers={"Cookie": f"{NAME}={secret}"})


async def test_a_session_has_the_sender_and_the_scopes_of_its_key(database_url: str) -> None:
    async with guarded(database_url) as service:
        token = await service.log_in(await service.create("shop", Scope.ORDERS))
        body = (await service.client.get("/session")).json()

        assert (body["sender"], body["scopes"]) == ("key:shop", ["read", "orders"])
        assert (body["csrf_token"], len(token)) == (token, 64)
        assert await service.status("POST", "/add_batch", **{"X-CSRF-Token": token}) == 403


async def test_the_cookie_is_for_no_script_and_no_other_site(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        answer = await service.submit(await service.create("shop", Scope.READ))
        [cookie] = answer.headers.get_list("set-cookie")

        assert re.fullmatch(
            rf"{NAME}=[0-9A-Za-z_-]{{43}}; Path=/; HttpOnly; SameSite=Strict", cookie
        )


async def test_over_tls_the_cookie_is_secure_and_bound_to_the_host(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        service.client.base_url = f"https://{HOST}"
        answer = await service.submit(await service.create("shop", Scope.READ))

        assert answer.headers["set-cookie"].startswith(f"__Host-{NAME}=")
        assert answer.headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=Strict; Secure")
        assert await service.status("GET", "/batches") == 200


async def test_the_database_has_no_secret_of_a_session(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        await service.log_in(await service.create("shop", Scope.READ))
        with service.app.state.application.database.reading() as connection:
            stored = connection.exec_driver_sql("SELECT * FROM access_sessions").all()

        assert len(stored) == 1
        assert cookie_of(service) not in str(stored)


async def test_every_login_has_a_new_secret_and_ends_the_session_before(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("shop", Scope.READ)
        fixed = "A" * 43
        service.client.cookies.set(NAME, fixed)
        await service.client.get("/login")
        service.client.cookies.clear()
        await service.log_in(key)
        first = cookie_of(service)
        assert first != fixed
        token = (await service.client.get("/session")).json()["csrf_token"]
        answer = await service.client.post("/logout", data={"csrf": token})
        assert answer.headers["location"] == "/login"

        assert (await replayed(service, fixed)).status_code == 401
        assert (await replayed(service, first)).json()["code"] == "session_ended"


async def test_logging_out_needs_the_token_of_the_session(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        await service.log_in(await service.create("shop", Scope.READ))
        answer = await service.client.post("/logout", data={"csrf": "0" * 64})

        assert answer.json()["code"] == "invalid_csrf_token"
        assert await service.status("GET", "/session") == 200


async def test_a_session_ends_with_its_key(database_url: str) -> None:
    async with guarded(database_url) as service:
        await service.log_in(await service.create("shop", Scope.READ))
        await service.revoke("shop")
        await service.app.gate.ring.refreshed()

        assert await service.status("GET", "/batches") == 401


async def test_a_session_ends_when_its_key_expires(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("shop", Scope.READ, lifetime=timedelta(minutes=5))
        await service.log_in(key)
        assert await service.status("GET", "/batches") == 200
        service.clock.go_on(seconds=301)

        assert await service.status("GET", "/batches") == 401


async def test_a_session_that_is_not_used_ends_after_an_hour(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        await service.log_in(await service.create("shop", Scope.READ))
        await service.app.gate.sessions.uses.stop()  # the use is recorded at its own time
        service.clock.go_on(seconds=3601)

        assert await service.status("GET", "/batches") == 401


async def test_a_session_that_is_used_ends_after_twelve_hours(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        await service.log_in(await service.create("shop", Scope.READ))
        digest = SessionSecret(cookie_of(service)).digest
        sessions = service.app.state.application.sessions
        for _ in range(23):
            service.clock.go_on(seconds=1800)
            sessions.note_use(digest, service.clock.now)
            await service.app.gate.ring.refreshed()
            assert await service.status("GET", "/batches") == 200
        service.clock.go_on(seconds=1800)

        assert await service.status("GET", "/batches") == 401
        assert sessions.prune() == 1


async def test_a_session_ends_on_the_other_server_as_well(database_url: str) -> None:
    async with guarded(database_url) as one, guarded(database_url) as other:
        key = await one.create("shop", Scope.READ)
        token = await one.log_in(key)
        secret = cookie_of(one)
        assert (await replayed(other, secret)).status_code == 200
        await one.client.post("/logout", data={"csrf": token})
        await other.app.gate.ring.refreshed()

        assert (await replayed(other, secret)).status_code == 401


async def test_a_key_in_the_header_counts_and_not_the_cookie(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        await service.log_in(await service.create("page", Scope.READ))
        key = await service.create("shop", Scope.STOCK)
        answer = await service.client.get("/session", headers={"Authorization": f"Bearer {key}"})

        assert (answer.json()["sender"], answer.json()["csrf_token"]) == ("key:shop", None)
        assert await service.status("POST", "/dead-letters/replay", key) == 403
        assert await service.status("GET", "/batches", "alk_wrong") == 401


async def test_unknown_cookies_are_limited_like_invalid_keys(sqlite_url: str) -> None:
    async with guarded(sqlite_url, max_invalid_keys=2) as service:
        await service.create("shop", Scope.READ)
        statuses = [(await replayed(service, c * 43)).status_code for c in "abcd"]

        assert statuses == [401, 401, 429, 429]


async def test_a_browser_without_a_session_is_led_to_the_login_and_a_program_is_not(
    sqlite_url: str,
) -> None:
    async with guarded(sqlite_url) as service:
        await service.create("shop", Scope.READ)
        answer = await service.client.get("/docs?a=b", headers=PAGE)

        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/login?next=%2Fdocs%3Fa%3Db",
        )
        assert await service.status("GET", "/docs") == 401
        assert await service.status("POST", "/allocate", **PAGE) == 401


@pytest.mark.parametrize(
    ("next", "place"),
    [
        ("/batches?sku=A", "/batches?sku=A"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("https://elsewhere.example/", "/"),
        ("/\t/elsewhere.example", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
async def test_the_login_leads_to_no_other_site(sqlite_url: str, next: str, place: str) -> None:
    async with guarded(sqlite_url) as service:
        answer = await service.submit(await service.create("shop", Scope.READ), next=next)

        assert answer.headers["location"] == place
        assert "x=y" not in str(answer.headers)


async def test_a_form_without_the_cookie_of_its_page_logs_nobody_in(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("shop", Scope.READ)
        await service.client.get("/login")
        answer = await service.client.post("/login", data={"csrf": "x", "key": key})

        assert answer.status_code == 403
        assert NAME not in service.client.cookies


async def test_a_wrong_key_gets_the_form_again_with_the_reason_and_without_the_key(
    sqlite_url: str,
) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("shop", Scope.READ)
        wrong = key[:-5] + "<b>&x"
        for text in (wrong, key[:17] + "A" * 43):
            answer = await service.submit(text)
            assert answer.status_code == 401
            assert 'role="alert"' in answer.text
            assert text not in answer.text


async def test_a_closed_service_without_keys_serves_nobody(sqlite_url: str) -> None:
    async with guarded(sqlite_url, may_be_open=False) as service:
        assert await service.status("GET", "/batches") == 401
        assert await service.status("GET", "/health/live") == 200
