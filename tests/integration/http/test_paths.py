"""A name that cannot be, in an address: there is no such thing, and it is no fault of ours."""

import pytest

from tests.integration.http.conftest import Client

FOLDERS = [
    *("/docs/assets", "/docs", "/products", "/batches", "/allocations", "/messages"),
    *("/dead-letters", ""),
]
CODES = {"not_found", "unknown_sku", "unknown_batch", "unknown_order", "unknown_dead_letter"}
NAMES = {
    "NUL": "%00",
    "NUL behind a name": "swagger-ui.css%00",
    "control characters": "%0D%0A%1B%5B31m",
    "not UTF-8": "%FF%FE",
    "half a character": "%ED%A0%80",
    "long": "x" * 5_000,
    "very long": "x" * 50_000,
    "deep": "/".join(["a"] * 3_000),
    "above": "../" * 20 + "etc/passwd",
    "above, written otherwise": "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "no folder": "swagger-ui.css/x",
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_name_that_cannot_be_is_404(any_client: Client, folder: str) -> None:
    for description, name in NAMES.items():
        get, head = any_client.get(f"{folder}/{name}"), any_client.head(f"{folder}/{name}")
        assert (get.status_code, head.status_code) == (404, 404), description
        assert get.json()["code"] in CODES, description


@pytest.mark.parametrize("way", ["replay", "discard"])
def test_a_dead_letter_that_cannot_be_is_404(any_client: Client, way: str) -> None:
    for description in ("NUL", "not UTF-8", "very long"):
        answer = any_client.post(f"/dead-letters/{NAMES[description]}/{way}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_dead_letter"), (
            description
        )
