"""No secret is in the output of a server or in the list of processes; proxies are not believed."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]  # comes without types
import pytest

from tests.support.commands import COMMAND, an_environment
from tests.support.serving import Server, starting

SECRET = re.compile(r"alk_[0-9a-f]{12}_[\w-]{20,}")


def new_key(database: str, folder: Path, name: str, *options: str) -> str:
    """A key, as an operator creates it."""
    created = subprocess.run(
        [COMMAND, "keys", "create", name, "--scope", "admin", "--database", database, *options],
        cwd=folder,
        env=an_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    key = created.stdout.strip()
    assert SECRET.fullmatch(key)
    assert key not in created.stderr
    return key


@pytest.fixture
def server(sqlite_url: str, tmp_path: Path) -> Iterator[Server]:
    words = (COMMAND,)
    settings = {"ALLOCATION_ACCESS_LOG": "yes", "ALLOCATION_LOG_LEVEL": "debug"}
    with starting(sqlite_url, tmp_path, settings=settings, command=words) as server:
        yield server


def logged_in(client: httpx.Client, key: str, **headers: str) -> httpx.Response:
    """The response to the form of the login."""
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/login", headers=headers).text)
    assert token is not None
    form = {"csrf": token[1], "key": key}
    return client.post("/login", data=form, headers=headers)


def misuse(address: str, key: str) -> list[str]:
    """Requests with a key where it belongs and where it does not; the secrets of the sessions."""
    wrong = key[:-4] + ("AAAA" if key[-4:] != "AAAA" else "BBBB")
    with httpx.Client(base_url=address, timeout=30) as client:
        for presented in (key, wrong, key + "x"):
            for scheme in ("Bearer", "Basic", "bearer "):
                headers = {"Authorization": f"{scheme} {presented}"}
                client.get("/batches", headers=headers)
                client.post("/add_batch", content=b"{", headers=headers)
                client.get("/no-such", headers=headers)
        escaped = f"%61lk{key[3:]}"
        for place in (f"/batches?key={key}", f"/{key}", f"/{escaped}", f"/batches/x?a={escaped}"):
            assert client.get(place).json()["code"] == "key_in_url"
        client.post("/keys/create", json={"name": key}, headers={"Authorization": f"Bearer {key}"})
        client.get("/batches", headers={"X-Request-ID": key})
        client.post(
            "/allocate",
            json={"orderid": "o", "sku": "NONE", "qty": 1},
            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": key},
        )
        logged_in(client, wrong)
        logged_in(client, key)
        session = client.cookies["allocation_session"]
        assert client.get("/session").is_success
        client.post("/add_batch", content=b"{}")
        return [session]


def test_the_output_of_a_server_has_no_secret(
    server: Server, sqlite_url: str, tmp_path: Path
) -> None:
    key = new_key(sqlite_url, tmp_path, "shop")
    address = server.address

    sessions = misuse(address, key)
    command = " ".join(psutil.Process(server.process.pid).cmdline())
    environment = str(psutil.Process(server.process.pid).environ())
    server.terminate()

    output = "".join(server.output)
    assert "/add_batch" in output  # the requests are logged
    for secret in (key, key[17:], *sessions):
        assert secret not in output
        assert secret not in command
        assert secret not in environment


def test_a_forwarded_protocol_counts_only_from_a_trusted_proxy(
    sqlite_url: str, tmp_path: Path
) -> None:
    key = new_key(sqlite_url, tmp_path, "shop")
    forwarded: dict[str, Any] = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    cookies = {}
    for proxies in ("", "127.0.0.1"):
        settings = {"ALLOCATION_TRUSTED_PROXIES": proxies, "ALLOCATION_ACCESS_LOG": "yes"}
        with (
            starting(sqlite_url, tmp_path, settings=settings) as server,
            httpx.Client(base_url=server.address, timeout=30) as client,
        ):
            page = client.get("/login", headers=forwarded)
            token = re.search(r'name="csrf" value="([^"]+)"', page.text)
            assert token is not None
            form = {"csrf": token[1], "key": key}
            cookie = page.headers["set-cookie"].partition(";")[0]
            response = client.post("/login", data=form, headers={**forwarded, "Cookie": cookie})
            cookies[proxies] = response.headers["set-cookie"]
            client.get("/batches", headers=forwarded)
            server.terminate()
            is_believed = "192.0.2.7" in "".join(server.output)
            assert is_believed is bool(proxies)

    assert "Secure" not in cookies[""]
    assert cookies["127.0.0.1"].startswith("__Host-")
    assert "; Secure" in cookies["127.0.0.1"]
