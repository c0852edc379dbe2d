"""What a body is written in: UTF-8, with or without the mark that some programs put before it."""

import codecs
import json

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import a_line_body, add_batch

MARK = codecs.BOM_UTF8
LINE = json.dumps(a_line_body(sku="LÖT"), ensure_ascii=False)
OTHERS = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@pytest.fixture
def client(client: Client) -> Client:
    """The service, with a product that is not called in ASCII."""
    add_batch(client, sku="LÖT")
    return client


def test_a_byte_order_mark_is_passed_over(client: Client) -> None:
    answer = client.post("/allocate", content=MARK + LINE.encode())

    assert (answer.status_code, answer.json()["batchref"]) == (201, "b1")


def test_many_messages_may_have_one_before_every_line(client: Client) -> None:
    """Files that were put together have it in the middle, too."""
    lines = [
        json.dumps({"type": "AllocationRequired", **a_line_body(orderid=f"o{n}", sku="LÖT")})
        for n in range(3)
    ]
    content = b"".join(MARK + line.encode() + b"\r\n" for line in lines)
    answers = client.post("/messages", content=content).text.splitlines()

    assert [json.loads(answer)["status"] for answer in answers] == [201, 201, 201]


def test_a_byte_order_mark_alone_is_an_empty_body(client: Client) -> None:
    assert client.post("/messages", content=MARK).text == ""
    for content in (MARK, MARK + MARK + LINE.encode(), MARK * 20_000):
        answer = client.post("/allocate", content=content)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")


@pytest.mark.parametrize("encoding", OTHERS)
@pytest.mark.parametrize("path", ["/allocate", "/messages"])
def test_another_encoding_is_an_error(client: Client, path: str, encoding: str) -> None:
    answer = client.post(path, content=LINE.encode(encoding))

    assert answer.status_code == 400
    body = answer.json()
    assert body["code"] == "wrong_encoding"
    assert body["message"].startswith("The body is in UTF-")
    assert encoding.upper()[:6] in body["message"]
    assert body["message"].endswith("; JSON must be encoded in UTF-8")


def test_a_body_that_is_not_utf8_is_an_error(client: Client) -> None:
    answer = client.post("/allocate", content=LINE.encode("latin-1"))

    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_encoding")
    assert "not in UTF-8" in answer.json()["message"]
    line = json.dumps({"type": "AllocationRequired"})[:-1].encode() + b', "sku": "\xd6"}'
    (body,) = client.post("/messages", content=line).text.splitlines()
    assert json.loads(body)["error"]["code"] == "wrong_encoding"
