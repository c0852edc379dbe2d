"""Attacks on the access to the service."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from allocation.access.keys import AccessKey, KeyText
from allocation.access.scopes import Scope
from allocation.entrypoints.http.access.cookies import NAME
from allocation.entrypoints.http.access.invalid_keys import InvalidKeys
from tests.support.guarded import guarded


async def test_every_wrong_key_costs_the_same_work(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of a response tells nothing about a key: the work is counted, not timed."""
    work = Counter[str]()
    digest, proves = KeyText.digest, AccessKey.proves

    def counted_digest(text: KeyText) -> Any:
        work["hashes"] += 1
        return digest.fget(text)  # type: ignore[attr-defined]  # a property

    def counted_proof(key: AccessKey, digest: str) -> bool:
        work["comparisons"] += 1
        return proves(key, digest)

    async with guarded(sqlite_url) as service:
        key = await service.create("shop", Scope.READ)
        expired = await service.create("old", Scope.READ, lifetime=timedelta(seconds=1))
        revoked = await service.create("lost", Scope.READ)
        await service.revoke("lost")
        service.clock.go_on(seconds=2)
        await service.app.gate.ring.refreshed()
        monkeypatch.setattr(KeyText, "digest", property(counted_digest))
        monkeypatch.setattr(AccessKey, "proves", counted_proof)
        costs = []
        unknown = f"alk_{'f' * 12}_{'A' * 43}"
        for wrong in (unknown, key[:17] + "A" * 43, expired, revoked):
            work.clear()
            assert await service.status("GET", "/batches", wrong) == 401
            costs.append(dict(work))

    assert costs == [{"hashes": 2, "comparisons": 2}] * 4


async def test_guesses_from_many_addresses_take_no_more_than_a_bounded_memory(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from allocation.entrypoints.http.access import invalid_keys

    monkeypatch.setattr(invalid_keys, "MOST_SOURCES", 10)
    async with guarded(sqlite_url) as service:
        keys: InvalidKeys = service.app.gate._invalid_keys
        keys = InvalidKeys(service.app.gate.ring, 5, keys._now)
        for number in range(100):
            keys.count(f"192.0.2.{number}")

        assert len(keys._buckets) == 10


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
async def test_a_header_does_not_override_the_method(sqlite_url: str, header: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("shop", Scope.ADMIN)

        assert await service.status("GET", "/dead-letters/replay", key, **{header: "POST"}) in (
            404,
            405,
        )
        assert await service.status("POST", "/batches", key, **{header: "GET"}) == 405


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "Forwarded", "X-Original-URL"])
async def test_a_header_does_not_override_the_host_or_the_path(
    sqlite_url: str, header: str
) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("shop", Scope.READ)
        answer = await service.client.get(
            "/keys", headers={"Authorization": f"Bearer {key}", header: "/health/live"}
        )

        assert answer.status_code == 403
        assert await service.status("GET", "/keys", **{header: "/health/live"}) == 401


async def test_many_cookies_and_several_of_a_session_open_nothing(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        await service.log_in(await service.create("shop", Scope.READ))
        secret = service.client.cookies[NAME]
        service.client.cookies.clear()
        crowd = "; ".join(f"c{number}=x" for number in range(500))

        async def status(cookie: str) -> int:
            return await service.status("GET", "/session", Cookie=cookie)

        assert await status(f"{crowd}; {NAME}={secret}") == 200
        assert await status(f"{NAME}={secret}; {NAME}={'A' * 43}") == 401
        assert await status(f"{NAME}={'A' * 20_000}") == 401
        assert await status(f"{NAME}={secret}\r\nX: y") == 401
        assert await status(crowd) == 401


@pytest.mark.parametrize("value", ["Bearer", "Basic YTpi", "Bearer  ", "Bearer " + "a" * 20_000])
async def test_an_odd_authorization_is_an_invalid_key(sqlite_url: str, value: str) -> None:
    async with guarded(sqlite_url) as service:
        await service.create("shop", Scope.READ)
        answer = await service.client.get("/batches", headers={"Authorization": value})

        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_key")
        assert len(answer.text) < 300
