"""Access keys over HTTP, for admins."""

from typing import Any

import pytest

from allocation.access.keys import AccessKey, KeyText
from allocation.access.scopes import Scope
from allocation.adapters.sql.access.key_store import read_keys
from allocation.adapters.sql.engine.database import Database
from allocation.entrypoints.http import access_keys
from tests.integration.http.conftest import Client

ADMIN = {"name": "ops", "scopes": ["admin"]}


class Admin:
    """A client with a key of the scope `admin`, which is the first one."""

    def __init__(self, client: Client, database: Database) -> None:
        self.client, self._database = client, database
        self.answer = client.post("/keys/create", json=ADMIN)
        assert self.answer.status_code == 201
        self.headers = {"Authorization": f"Bearer {self.answer.json()['key']}"}

    def post(self, path: str, body: object = None) -> Any:
        return self.client.post(path, json=body, headers=self.headers)

    def create(self, name: str = "shop", **fields: Any) -> dict[str, Any]:
        answer = self.post("/keys/create", {"name": name, "scopes": ["orders"], **fields})
        assert answer.status_code == 201
        created: dict[str, Any] = answer.json()
        return created

    def listed(self) -> list[dict[str, Any]]:
        keys: list[dict[str, Any]] = self.client.get("/keys", headers=self.headers).json()["keys"]
        return keys

    def stored(self) -> list[AccessKey]:
        return read_keys(self._database)


@pytest.fixture
def admin(any_client: Client, database: Database) -> Admin:
    return Admin(any_client, database)


def text_of(created: dict[str, Any]) -> KeyText:
    text = KeyText.parse(created["key"])
    assert text is not None
    return text


def test_a_service_without_keys_lists_none(any_client: Client) -> None:
    assert any_client.get("/keys").json() == {"keys": []}


def test_a_created_key_is_in_the_answer_once_and_not_to_be_stored(admin: Admin) -> None:
    answer = admin.post("/keys/create", {"name": "shop", "scopes": ["stock", "orders"]})

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    created = answer.json()
    text = text_of(created)
    key = admin.stored()[-1]
    assert (key.prefix, key.digest, key.name) == (text.prefix, text.digest, "shop")
    assert key.scopes == {Scope.ORDERS, Scope.STOCK}
    assert created == {**admin.listed()[-1], "key": str(text)}


def test_no_other_answer_has_a_secret_or_a_digest(admin: Admin) -> None:
    texts = [text_of(admin.answer.json()), text_of(admin.create())]

    answers = [
        admin.client.get("/keys", headers=admin.headers),
        admin.post("/keys/create", {"name": "shop", "scopes": ["orders"]}),
        admin.post("/keys/shop/revoke"),
        admin.post("/keys/shop/revoke"),
    ]

    assert [answer.status_code for answer in answers] == [200, 409, 200, 404]
    for answer in answers:
        assert not any(text.secret in answer.text or text.digest in answer.text for text in texts)


def test_the_list_tells_all_about_a_key(admin: Admin) -> None:
    created = admin.create(expires_in_days=90)

    first, second = admin.listed()

    assert (first["name"], first["scopes"], first["expires_at"]) == ("ops", ["admin"], None)
    assert first["created_by"] == "anonymous"
    assert (second["name"], second["prefix"], second["state"]) == (
        "shop",
        created["prefix"],
        "valid",
    )
    assert (second["used_at"], second["revoked_at"], second["revoked_by"]) == (None, None, None)
    key = admin.stored()[-1]
    assert key.expires_at is not None
    assert round((key.expires_at - key.created_at).total_seconds() / 86_400) == 90


def test_a_rotated_key_replaces_the_other_one_after_the_overlap(admin: Admin) -> None:
    old = admin.create()

    answer = admin.post("/keys/shop/rotate", {"overlap_days": 3})

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    rotated = answer.json()
    text = text_of(rotated)
    assert text.prefix == rotated["prefix"] != old["prefix"]
    assert (rotated["name"], rotated["scopes"], rotated["state"]) == ("shop", ["orders"], "valid")
    assert "key" not in rotated["replaced"]
    first, second = admin.stored()[1:]
    assert (first.prefix, second.digest) == (rotated["replaced"]["prefix"], text.digest)
    assert first.expires_at is not None
    assert (first.expires_at - second.created_at).days == 3


@pytest.mark.parametrize("body", [None, {}])
def test_a_rotation_overlaps_by_a_week(admin: Admin, body: object) -> None:
    old = admin.create()

    assert admin.post(f"/keys/{old['prefix']}/rotate", body).status_code == 201

    first, second = admin.stored()[1:]
    assert first.expires_at is not None
    assert (first.expires_at - second.created_at).days == 7


def test_a_key_is_revoked_by_its_prefix_or_its_name(admin: Admin) -> None:
    by_prefix, by_name = admin.create("by prefix/ü"), admin.create("by name")

    answers = [
        admin.post(f"/keys/{by_prefix['prefix']}/revoke"),
        admin.post("/keys/by%20name/revoke"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json()["state"] for answer in answers] == ["revoked", "revoked"]
    assert answers[1].json()["prefix"] == by_name["prefix"]
    assert [key["state"] for key in admin.listed()] == ["valid", "revoked", "revoked"]


def test_a_key_that_is_revoked_twice_stays_as_it_was(admin: Admin) -> None:
    path = f"/keys/{admin.create()['prefix']}/revoke"

    assert admin.post(path).json() == admin.post(path).json()


def test_what_is_not_possible_is_refused_with_a_code(admin: Admin) -> None:
    ended = admin.create("ended")
    admin.post("/keys/ended/revoke")
    admin.create()
    admin.post("/keys/shop/rotate")
    before = admin.stored()

    refused = {
        "unknown_key": [admin.post("/keys/nobody/revoke"), admin.post("/keys/nobody/rotate")],
        "several_keys": [admin.post("/keys/shop/revoke"), admin.post("/keys/shop/rotate")],
        "key_not_valid": [admin.post(f"/keys/{ended['prefix']}/rotate")],
        "key_name_taken": [admin.post("/keys/create", {"name": "shop", "scopes": ["read"]})],
    }

    for code, answers in refused.items():
        status = 404 if code == "unknown_key" else 409
        assert {(a.status_code, a.json()["code"]) for a in answers} == {(status, code)}
    assert admin.stored() == before


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"name": None}, "invalid_value", "name"),
        ({"name": ""}, "invalid_value", "name"),
        ({"name": "0123456789ab"}, "invalid_value", "name"),
        ({"name": "x" * 101}, "invalid_value", "name"),
        ({"scopes": []}, "invalid_value", "scopes"),
        ({"scopes": "read"}, "invalid_value", "scopes"),
        ({"scopes": [5]}, "invalid_value", "scopes"),
        ({"scopes": ["read", "everything"]}, "invalid_value", "scopes"),
        ({"expires_in_days": 0}, "invalid_value", "expires_in_days"),
        ({"expires_in_days": 3651}, "invalid_value", "expires_in_days"),
        ({"expires_in_days": 10**30}, "invalid_value", "expires_in_days"),
        ({"expires_in_days": "90"}, "invalid_value", "expires_in_days"),
        ({"scope": ["read"]}, "unknown_field", "scope"),
    ],
)
def test_a_bad_field_of_a_new_key_is_refused(
    admin: Admin, fields: dict[str, Any], code: str, field: str
) -> None:
    answer = admin.post("/keys/create", {"name": "shop", "scopes": ["read"], **fields})

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["field"] == field
    assert len(admin.stored()) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"name": "shop"}', "missing_field"),
        ('{"name": "shop", "name": "shop", "scopes": ["read"]}', "repeated_field"),
        ("[]", "malformed_body"),
        ("", "malformed_body"),
        ('{"name": "shop", "scopes": ' + "[" * 5000, "malformed_body"),
    ],
)
def test_a_bad_body_of_a_new_key_is_refused(admin: Admin, body: str, code: str) -> None:
    answer = admin.client.post("/keys/create", content=body, headers=admin.headers)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert len(admin.stored()) == 1


@pytest.mark.parametrize(
    "body", [{"overlap_days": -1}, {"overlap_days": 367}, {"overlap_days": None}, {"overlap": 1}]
)
def test_a_bad_overlap_is_refused(admin: Admin, body: dict[str, Any]) -> None:
    admin.create()

    answer = admin.post("/keys/shop/rotate", body)

    assert answer.status_code == 400
    assert answer.json()["field"] == next(iter(body))
    assert len(admin.stored()) == 2


@pytest.mark.parametrize("command", ["revoke", "rotate"])
def test_a_key_that_is_given_instead_of_its_prefix_is_in_no_answer(
    admin: Admin, command: str
) -> None:
    text = text_of(admin.create())

    answers = [
        admin.post(f"/keys/{text}/{command}"),
        admin.post("/keys/create", {"name": str(text), "scopes": ["read"]}),
    ]

    assert [answer.status_code >= 400 for answer in answers] == [True, True]
    assert not any(text.secret in answer.text for answer in answers)
    assert len(admin.stored()) == 2


@pytest.mark.parametrize("path", ["/keys/create", "/keys/shop/rotate", "/keys/shop/revoke"])
def test_a_dry_run_of_a_key_is_refused(admin: Admin, path: str) -> None:
    admin.create()
    before = admin.stored()

    answer = admin.post(f"{path}?dry_run=true", {"name": "board", "scopes": ["read"]})

    assert (answer.status_code, answer.json()["field"]) == (400, "dry_run")
    assert admin.stored() == before


def test_the_text_of_an_answer_shows_no_key(admin: Admin) -> None:
    created = admin.create()

    shown = repr(access_keys.CreatedKey(**created))

    assert created["prefix"] in shown
    assert text_of(created).secret not in shown


def test_every_route_of_keys_is_for_admins() -> None:
    handlers = (
        access_keys.every_key,
        access_keys.create,
        access_keys.rotate,
        access_keys.revoke,
    )

    assert [handler.opt["access"] for handler in handlers] == [Scope.ADMIN] * 4
