"""The page of access: keys are created, shown once, replaced and revoked; senders are counted."""

import re
from html import unescape

from allocation.access.scopes import Scope
from tests.integration.http.conftest import Client
from tests.support.board_imports import HTML, words
from tests.support.guarded import Guarded, guarded
from tests.support.requests import add_batch

ACCESS = "/board/access"


def key_on(page: str) -> str:
    """The text of the key that a page shows."""
    match = re.search(r"alk_[0-9a-f]{12}_[0-9A-Za-z_-]{43}", unescape(page))
    assert match is not None, page
    return match[0]


def create(client: Client, **fields: str) -> str:
    answer = client.post(f"{ACCESS}/create", data={"csrf": "", **fields}, headers=HTML)
    assert answer.status_code == 201, answer.text
    return answer.text


async def page_of(service: Guarded, path: str = ACCESS) -> str:
    answer = await service.client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return words(answer.text)


async def submit(service: Guarded, path: str, token: str, **fields: str) -> tuple[int, str]:
    """The status of a form that is sent in a session, and the page."""
    answer = await service.client.post(
        f"{ACCESS}/{path}", data={"csrf": token, **fields}, headers=HTML
    )
    return answer.status_code, answer.text


def test_an_open_service_is_closed_by_its_first_key(any_client: Client) -> None:
    assert "every program of this machine may read and change everything" in words(
        any_client.get(ACCESS, headers=HTML).text
    )

    page = create(any_client, **{"name": "ada", "scope.admin": "1"})

    assert "The service is closed now: every request needs a key." in words(page)
    assert 'href="/login?next=/board/access"' in page
    assert any_client.get("/products/LAMP").status_code == 401
    bearer = {"Authorization": f"Bearer {key_on(page)}", **HTML}
    listed = words(any_client.get(ACCESS, headers=bearer).text)
    assert "ada" in listed
    assert "The service is open" not in listed


def test_a_first_key_without_admin_is_refused_and_its_form_keeps_the_values(
    any_client: Client,
) -> None:
    form = {"csrf": "", "name": "shop", "expires_in_days": "30", "scope.orders": "1"}

    answer = any_client.post(f"{ACCESS}/create", data=form, headers=HTML)

    assert answer.status_code == 400
    assert "No key was created: scopes 'orders' do not include admin" in words(answer.text)
    assert re.search(r'name="name"[^>]* value="shop"', answer.text)
    assert re.search(r'name="expires_in_days"[^>]* value="30"', answer.text)
    assert re.findall(r'name="scope\.(\w+)" value="1" checked', answer.text) == ["orders"]
    assert any_client.get("/products").status_code == 200  # the service is still open


async def test_a_key_is_shown_once_and_has_the_scopes_and_expiry_of_the_form(
    sqlite_url: str,
) -> None:
    async with guarded(sqlite_url) as service:
        token = await service.log_in(await service.create("ada", Scope.ADMIN))

        status, page = await submit(
            service,
            "create",
            token,
            **{"name": "shop", "scope.orders": "1", "scope.read": "1", "expires_in_days": "30"},
        )

        assert status == 201
        key = key_on(page)
        assert await service.status("POST", "/allocate", key) == 400
        assert await service.status("POST", "/add_batch", key) == 403
        assert key[17:] not in await page_of(service)
        service.clock.go_on(seconds=31 * 86400)
        assert await service.status("POST", "/allocate", key) == 401


async def test_a_form_with_an_impossible_key_is_refused(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        token = await service.log_in(await service.create("ada", Scope.ADMIN))
        named = {"name": "shop", "scope.orders": "1"}
        for fields, status, reason in (
            ({"name": "shop"}, 400, "scopes"),
            ({**named, "name": "ada"}, 409, "ada"),
            ({**named, "expires_in_days": "soon"}, 400, "'soon' is not a whole number"),
            ({**named, "expires_in_days": "4000"}, 400, "4000 is not between 1 and 3650"),
        ):
            given, page = await submit(service, "create", token, **fields)
            assert given == status
            assert reason in words(page)
        assert len(service.app.state.application.keys.all()) == 1


async def test_a_key_is_replaced_by_another_one(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        old = await service.create("shop", Scope.ORDERS)
        token = await service.log_in(await service.create("ada", Scope.ADMIN))
        path = f"{old[4:16]}/rotate"
        assert "stays valid 7" not in await page_of(service, f"{ACCESS}/{path}")

        status, page = await submit(service, path, token, overlap_days="2")

        assert status == 201
        new = key_on(page)
        assert new != old
        for key in (old, new):
            assert await service.status("POST", "/allocate", key) == 400
        service.clock.go_on(seconds=2 * 86400)
        assert await service.status("POST", "/allocate", old) == 401
        assert await service.status("POST", "/allocate", new) == 400


async def test_a_key_is_revoked_after_a_question(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("shop", Scope.ORDERS)
        token = await service.log_in(await service.create("ada", Scope.ADMIN))
        question = await page_of(service, f"{ACCESS}/{key[4:16]}/revoke")
        assert "Revoke the key of shop" in question
        assert "You are logged in with this key" not in question
        assert await service.status("POST", "/allocate", key) == 400

        status, _ = await submit(service, f"{key[4:16]}/revoke", token)

        assert status == 303
        assert await service.status("POST", "/allocate", key) == 401
        assert "1 former key" in await page_of(service)


async def test_who_revokes_the_own_key_and_the_last_of_an_admin_is_warned(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("ada", Scope.ADMIN)
        await service.log_in(key)
        path = f"{ACCESS}/{key[4:16]}/revoke"

        alone = await page_of(service, path)
        assert "You are logged in with this key" in alone
        assert "No other valid key has the scope admin" in alone
        assert "its open session ends" in alone

        await service.create("bob", Scope.ADMIN)
        assert "No other valid key" not in await page_of(service, path)


async def test_a_page_about_an_unknown_key_is_not_found(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        token = await service.log_in(await service.create("ada", Scope.ADMIN))
        for act in ("rotate", "revoke"):
            path = f"{'0' * 12}/{act}"
            assert await service.status("GET", f"{ACCESS}/{path}") == 404
            assert (await submit(service, path, token, overlap_days="1"))[0] == 404


async def test_no_key_is_changed_without_the_token_of_the_session(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("ada", Scope.ADMIN)
        await service.log_in(key)
        for path in ("create", f"{key[4:16]}/rotate", f"{key[4:16]}/revoke"):
            assert (await submit(service, path, "wrong", name="x"))[0] == 403


def test_the_senders_of_messages_are_counted(any_client: Client) -> None:
    assert "Nobody has sent a message yet" in words(any_client.get(ACCESS, headers=HTML).text)
    for ref in ("b1", "b2"):
        add_batch(any_client, ref)

    page = any_client.get(ACCESS, headers=HTML).text

    assert re.search(r"anonymous 2 \d\d:\d\d:\d\d", words(page))
    assert 'href="/board/messages?sender=anonymous"' in page


async def test_no_key_is_shown_as_used_before_it_was_created(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        service.clock.go_on(seconds=41)  # uses are stored to the minute
        await service.log_in(await service.create("ada", Scope.ADMIN))
        await service.app.gate.uses.stop()
        [key] = service.app.state.application.keys.all()
        assert key.used_at < key.created_at

        page = await page_of(service)

        assert page.count("12:00:41") == 2
        assert "12:00:00" not in page
