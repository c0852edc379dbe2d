"""Followers of the feed, as the clients of a server write them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import httpx

from tests.support.requests import Client
from tests.support.waiting import TIMEOUT, wait_until

STREAM: Final = {"Accept": "text/event-stream"}


class StreamedEvent(NamedTuple):
    """A server-sent event: its id, and the event that it carries, if it does."""

    id: str
    event: dict[str, Any] | None


def page(client: Client, **query: Any) -> Any:
    """An answer of the feed."""
    answer = client.get("/events", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def everything(client: Client, **query: Any) -> list[dict[str, Any]]:
    """All events, page by page."""
    events, more = list[dict[str, Any]](), True
    while more:
        answer = page(client, **query)
        events += answer["events"]
        more, query["after"] = answer["more"], answer["next"]
    return events


def types(events: list[dict[str, Any]]) -> list[str]:
    """The types of events, in order."""
    return [event["type"] for event in events]


def open_streams(address: str) -> int:
    """The number of open streams of a server, once it is ready to say so."""

    def look() -> dict[str, Any] | None:
        health: dict[str, Any] = httpx.get(f"{address}/health", timeout=TIMEOUT).json()
        return health.get("feed")

    return int(wait_until(look, "the server is ready")["streams"])


@contextmanager
def streaming(address: str, last: str | None = None, **query: Any) -> Iterator[httpx.Response]:
    """A stream of the feed, resumed after an id."""
    headers = STREAM if last is None else {**STREAM, "Last-Event-ID": last}
    with httpx.stream(
        "GET", f"{address}/events", params=query, headers=headers, timeout=30
    ) as answer:
        yield answer


def streamed(answer: httpx.Response) -> Iterator[StreamedEvent]:
    """The events of a stream as they come, also those that tell the place only."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif "id" in fields:
            data = fields.get("data")
            yield StreamedEvent(fields["id"], None if data is None else json.loads(data))
            fields = {}
