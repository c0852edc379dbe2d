"""A service with keys of every kind, and requests to all that it serves."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from httpx import ASGITransport, AsyncClient, Response
from litestar.routes import HTTPRoute

from allocation.access.keys import KeyText
from allocation.access.scopes import Scope
from allocation.bootstrap import bootstrap
from allocation.config import LimitSettings, Settings
from allocation.entrypoints.http.app import create_app
from tests.support.clock import VirtualClock

HOST: Final = "allocation.test"
SENDER: Final = "test"


@dataclass(frozen=True)
class Guarded:
    """A service that is running, and a client of it."""

    app: Any
    client: AsyncClient
    clock: VirtualClock

    async def create(self, name: str, *scopes: Scope, lifetime: timedelta | None = None) -> str:
        """Create a key, which the service has read when this returns; its text."""
        expires_at = None if lifetime is None else self.clock.now + lifetime
        create = self.app.state.application.keys.create
        # In a thread: a write of the service may be waiting for the event loop.
        text, _ = await asyncio.to_thread(create, name, scopes, expires_at, SENDER)
        await self.app.gate.ring.refreshed()
        return str(text)

    async def log_in(self, key: str, **fields: str) -> str:
        """Log in with the client, which has the cookie then; the token of the session."""
        answer = await self.submit(key, **fields)
        assert answer.status_code == 303, answer.text
        return str((await self.client.get("/session")).json()["csrf_token"])

    async def submit(self, key: str, **fields: str) -> Response:
        """Fill in the form of the login like a browser."""
        page = await self.client.get("/login")
        [token] = re.findall(r'name="csrf" value="([^"]*)"', page.text)
        return await self.client.post("/login", data={"csrf": token, "key": key, **fields})

    async def revoke(self, name: str) -> None:
        """Revoke the key of this name."""
        # In a thread, as above: the use of a key that is just being recorded waits for the loop.
        await asyncio.to_thread(self.app.state.application.keys.revoke, name, SENDER)

    async def status(self, method: str, path: str, key: str | None = None, **other: str) -> int:
        """The status of the response to a request."""
        headers = dict(other) if key is None else {"Authorization": f"Bearer {key}", **other}
        return (await self.client.request(method, path, headers=headers)).status_code


@asynccontextmanager
async def guarded(url: str, *, may_be_open: bool = True, **limits: int) -> AsyncIterator[Guarded]:
    """The service on a database, in the event loop of the test."""
    clock = VirtualClock()
    settings = Settings(url, limits=LimitSettings(**{"max_invalid_keys": 10**6, **limits}))
    app: Any = create_app(bootstrap(settings, clock=clock), (HOST,), may_be_open=may_be_open)
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.lifespan(),
        AsyncClient(transport=transport, base_url=f"http://{HOST}") as client,
    ):
        yield Guarded(app, client, clock)


async def invalid_keys(service: Guarded) -> dict[str, str | None]:
    """Keys that are never valid, by what is wrong with them."""
    secret = str(KeyText.new(lambda size: b"\x07" * size))[17:]
    wrong = (await service.create("wrong", Scope.ADMIN))[:17] + secret
    expired = await service.create("expired", Scope.ADMIN, lifetime=timedelta(minutes=1))
    revoked = await service.create("revoked", Scope.ADMIN)
    await service.revoke("revoked")
    service.clock.go_on(seconds=120)
    return {
        "none": None,
        "wrong": wrong,
        "malformed": "alk_x",
        "expired": expired,
        "revoked": revoked,
    }


def requests_to(app: Any) -> Iterator[tuple[str, str, str]]:
    """A method, a route and a path for all that an application serves."""
    for route in app.routes:
        assert isinstance(route, HTTPRoute)
        path = re.sub(r"{\w+:\w+}", "x", route.path)
        for method in sorted({*route.methods, "HEAD", "OPTIONS"}):
            yield method, route.path, path
