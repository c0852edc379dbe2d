"""The requests and the JSON that docs/feed.md and docs/errors.md show are the service's."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.guides import comparable
from tests.support.readme import ROOT, commands
from tests.support.serving import Server, serving

FEED = (ROOT / "docs/feed.md").read_text(encoding="utf-8")
ERRORS = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
JSON = re.compile(r"^    \{\n(?:    .*\n)+?    \}$|^    \{.*\}$", re.MULTILINE)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has allocated a lamp."""
    with serving(None, tmp_path_factory.mktemp("pages")) as server:
        sent(server, "add_batch", ref="b1", sku="LAMP", qty=1)
        sent(server, "allocate", orderid="o1", sku="LAMP", qty=1)
        yield server


def test_the_requests_of_the_feed_are_answered(server: Server) -> None:
    requests = [c.line for c in commands(indented(FEED, "curl ")) if c.line.startswith("curl ")]
    assert len(requests) == 2

    for line in requests:
        address, headers = request_of(line.replace("wait=30", "wait=0"), server)
        with httpx.stream("GET", address, headers=headers) as answer:
            assert answer.status_code == 200, line
            assert headers.get("Accept", "application/json") in answer.headers["Content-Type"]


def test_the_answer_of_the_feed_is_as_the_page_shows(server: Server) -> None:
    answer = httpx.get(f"{server.address}/events?type=Allocated&wait=10").json()

    [shown] = [example for example in examples(FEED) if "events" in example]
    assert comparable(json.dumps(answer)) == comparable(json.dumps(shown))


def test_the_health_of_the_feed_has_the_fields_that_the_page_shows(server: Server) -> None:
    health = httpx.get(f"{server.address}/health/ready").json()

    [shown] = [example for example in examples(FEED) if "status" in example]
    assert fields(health) == fields(shown)


def test_an_error_is_as_the_page_shows(server: Server) -> None:
    answer = sent(server, "add_batch", ref="b2", sku="LAMP", qty=0)

    assert [answer.json()] == examples(ERRORS)


def sent(server: Server, path: str, **body: Any) -> httpx.Response:
    return httpx.post(f"{server.address}/{path}", json=body)


def indented(page: str, start: str) -> str:
    """The indented lines of a page that begin like this."""
    return "\n".join(line for line in page.splitlines() if line.startswith(f"    {start}"))


def request_of(line: str, server: Server) -> tuple[str, dict[str, str]]:
    """The address and the headers of a command for curl, on this server."""
    words = [word for word in shlex.split(line)[1:] if word not in {"-N", "-H"}]
    headers = dict(word.split(": ", 1) for word in words if ": " in word)
    [address] = [word for word in words if word.startswith("http://localhost:8000/")]
    return address.replace("http://localhost:8000", server.address), headers


def examples(page: str) -> list[Any]:
    """The JSON objects among the indented blocks of a page."""
    return [json.loads(block) for block in JSON.findall(page)]


def fields(value: Any) -> Any:
    """The names in an object, and those in the objects in it."""
    return {k: fields(v) for k, v in value.items()} if isinstance(value, dict) else None
