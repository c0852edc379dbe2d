"""Servers for visits with a browser, and what else happens there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from allocation.access.scopes import Scope
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from tests.support.serving import serving

MESSAGES: Final = 500
"""The number of messages in a request."""

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Site:
    """A service that is visited.

    Attributes:
        address: the address that is visited.
        other: that of another process on the same database, or the same.
        keys: an access key of each scope, if there are any.
    """

    address: str
    other: str
    keys: Mapping[Scope, str] = field(default_factory=dict)

    def send(self, *messages: Message) -> None:
        """Let another client send messages, which must be accepted."""
        headers = {}
        if self.keys:
            headers["Authorization"] = f"Bearer {self.keys[Scope.ADMIN]}"
        for first in range(0, len(messages), MESSAGES):
            lines = [json.dumps(message) for message in messages[first : first + MESSAGES]]
            answer = httpx.post(
                f"{self.other}/messages", content="\n".join(lines), headers=headers, timeout=60
            )
            assert answer.status_code == 200, answer.text
            answers = [json.loads(line) for line in answer.text.splitlines()]
            assert [each for each in answers if each["status"] >= 300] == []


@contextmanager
def open_site(url: str, folder: Path, messages: Sequence[Message] = ()) -> Iterator[Site]:
    """A site without access keys, where these messages have been handled; one process."""
    with serving(url, folder) as server:
        site = Site(server.address, server.address)
        site.send(*messages)
        yield site


@contextmanager
def site_of_two(url: str, folder: Path, messages: Sequence[Message] = ()) -> Iterator[Site]:
    """The same of two processes, of which one is visited, while the other gets the messages."""
    with serving(url, folder) as server, serving(url, folder) as other:
        site = Site(server.address, other.address)
        site.send(*messages)
        yield site


@contextmanager
def guarded_site(url: str, folder: Path, messages: Sequence[Message] = ()) -> Iterator[Site]:
    """A site with an access key of each scope."""
    with closing(bootstrap(Settings(url))) as application:
        keys = {
            scope: str(application.keys.create(scope.value, (scope,), None, "test")[0])
            for scope in Scope
        }
    with serving(url, folder) as server:
        site = Site(server.address, server.address, keys)
        site.send(*messages)
        yield site
