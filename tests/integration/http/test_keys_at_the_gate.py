"""What becomes of a key in the memory of a server, and of requests that misuse one."""

import json
import logging
from typing import Any

import pytest

from allocation.access.scopes import Scope
from allocation.entrypoints.http.access.security_headers import SECURITY_HEADERS
from tests.support.guarded import guarded

PATH = "/batches"


async def test_a_revoked_key_is_refused_once_the_keys_are_read_again(database_url: str) -> None:
    async with guarded(database_url) as service:
        key = await service.create("shop", Scope.READ)
        assert await service.status("GET", PATH, key) == 200
        await service.revoke("shop")

        await service.app.gate.ring.refreshed()

        assert await service.status("GET", PATH, key) == 401


async def test_a_new_key_is_valid_at_once(database_url: str) -> None:
    async with guarded(database_url) as service:
        await service.create("first", Scope.READ)
        keys = service.app.state.application.keys
        text, _ = keys.create("second", {Scope.READ}, None, "test")

        assert await service.status("GET", PATH, str(text)) == 200


async def test_a_service_that_had_a_key_is_not_open_again(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        assert await service.status("GET", PATH) == 200
        await service.create("shop", Scope.READ)
        await service.revoke("shop")
        await service.app.gate.ring.refreshed()

        assert await service.status("GET", PATH) == 401


async def test_a_snapshot_that_is_too_old_is_not_used(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from allocation.entrypoints.http.access import key_ring

    def broken(_ring: Any, _load: Any) -> None:
        raise OSError("no such disk")

    async with guarded(sqlite_url) as service:
        monkeypatch.setattr(key_ring, "MAX_AGE", -1.0)
        monkeypatch.setattr(key_ring, "TIMEOUT", 0.2)
        monkeypatch.setattr(key_ring.KeyRing, "_read", broken)
        assert await service.status("GET", PATH) in (500, 503)
        assert await service.status("GET", "/health/live") == 200


async def test_a_listener_is_told_of_callers_who_are_not_let_in_any_more(sqlite_url: str) -> None:
    ended: list[frozenset[str | None]] = []
    async with guarded(sqlite_url) as service:
        ring = service.app.gate.ring
        ring.on_ended(ended.append)
        key = await service.create("shop", Scope.READ)
        await ring.refreshed()
        await service.revoke("shop")
        await ring.refreshed()

    assert ended == [frozenset({None}), frozenset({key[4:16]})]


async def test_the_use_of_a_key_is_recorded(database_url: str) -> None:
    async with guarded(database_url) as service:
        key = await service.create("shop", Scope.READ)
        await service.status("GET", PATH, key)
        await service.app.gate.uses.stop()

        [stored] = service.app.state.application.keys.all()
        assert stored.used_at == service.clock.now


@pytest.mark.parametrize("query", ["?key={}", "?access_token={}", "?a=%61lk_{}", "/{}"])
async def test_a_key_in_the_url_is_refused(sqlite_url: str, query: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("shop", Scope.READ)
        text = key.removeprefix("alk_") if "%61" in query else key
        answer = await service.client.get(
            PATH + query.format(text), headers={"Authorization": f"Bearer {key}"}
        )

        assert (answer.status_code, answer.json()["code"]) == (400, "key_in_url")
        assert key not in answer.text


async def test_two_authorization_headers_are_refused(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        value = f"Bearer {await service.create('shop', Scope.READ)}"
        answer = await service.client.get(PATH, headers=[("Authorization", value)] * 2)

        assert answer.json()["code"] == "repeated_header"


async def test_a_key_that_is_used_too_often_has_to_wait(sqlite_url: str) -> None:
    async with guarded(sqlite_url, max_key_rate=1) as service:
        headers = {"Authorization": f"Bearer {await service.create('shop', Scope.READ)}"}
        answers = [await service.client.get(PATH, headers=headers) for _ in range(9)]

        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused[0].json()["code"] == "too_many_requests"
        assert int(refused[0].headers["retry-after"]) >= 1


async def test_guessing_keys_comes_to_an_end_and_shuts_out_no_valid_key(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with guarded(sqlite_url, max_invalid_keys=2) as service:
        key = await service.create("shop", Scope.READ)
        guesses = [key[:-1] + ("B" if key[-1] == "A" else "A"), "x", "alk_\x1b[31m", key[:-1]]
        statuses = [await service.status("GET", PATH, guess) for guess in guesses]

        assert statuses == [401, 401, 429, 429]
        assert await service.status("GET", PATH, key) == 200
    assert "invalid_key (1)" in caplog.text
    assert "too_many_invalid_keys (1)" in caplog.text
    assert key[20:] not in caplog.text


async def test_a_line_beyond_the_scope_of_the_key_is_refused_and_the_others_are_not(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    batch = {"type": "BatchCreated", "ref": "b1", "sku": "LAMP", "qty": 10}
    line = {"type": "AllocationRequired", "orderid": "o1", "sku": "LAMP", "qty": 1}
    body = "\n".join(map(json.dumps, (batch, line)))
    async with guarded(sqlite_url) as service:
        headers = {"Authorization": f"Bearer {await service.create('warehouse', Scope.STOCK)}"}
        for path, status in (("/messages?dry_run=true", 200), ("/messages", 201)):
            answer = await service.client.post(path, content=body, headers=headers)
            first, second = map(json.loads, answer.text.splitlines())
            assert (first["status"], second["status"]) == (status, 403)
            assert second["error"]["code"] == "forbidden_scope"
            assert "orders" in second["error"]["message"]
        assert (await service.client.get("/allocations/o1", headers=headers)).status_code == 404
    assert "key:warehouse, forbidden_scope (1)" in caplog.text


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/batches"), ("POST", "/allocate"), ("GET", "/nothing"), ("HEAD", "/docs")],
)
async def test_every_response_has_the_security_headers(
    sqlite_url: str, method: str, path: str
) -> None:
    async with guarded(sqlite_url) as service:
        for headers in ({}, {"Host": "elsewhere.example"}):
            answer = await service.client.request(method, path, headers=headers)
            for name, value in SECURITY_HEADERS:
                assert answer.headers.get_list(name.decode()) == [value.decode()]
            assert answer.headers["cache-control"] == "no-store"
            assert "unsafe" not in answer.headers["content-security-policy"]


async def test_the_health_of_a_service_is_public_and_its_details_are_not(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("shop", Scope.READ)
        await service.app.gate.ring.refreshed()
        service.app.state.worker.outage.failed("a test", OSError("secret.db is gone"))
        anonymous = await service.client.get("/health")
        trusted = await service.client.get("/health", headers={"Authorization": f"Bearer {key}"})

        assert (anonymous.status_code, trusted.status_code) == (503, 503)
        assert "secret.db" in trusted.text
        assert "secret.db" not in anonymous.text
