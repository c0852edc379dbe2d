"""Previews: what a message would come to, bound to the versions of the products it concerns."""

from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, Final

import msgspec
from litestar.concurrency import sync_to_thread

from allocation.bootstrap import Application, MessageType, Worker
from allocation.domain.events import BatchCreated, Event
from allocation.entrypoints.board.consequences import (
    body_of,
    cautions_of,
)
from allocation.entrypoints.board.form_events import fields_of
from allocation.entrypoints.board.page_request import Page
from allocation.entrypoints.board.phrases import button_for, heading_for
from allocation.entrypoints.board.verdicts import verdict
from allocation.entrypoints.http.error_responses import status_of
from allocation.entrypoints.importing.line_counts import LineCounts
from allocation.entrypoints.line_outcomes import MovedLine, moved_lines
from allocation.errors import UnknownBatch
from allocation.views import BatchView

LISTED: Final = 20
"""The number of lines that a preview lists."""


@dataclass(frozen=True)
class Preview:
    """What a message would come to now.

    Attributes:
        entry: the type of the message.
        event: the message.
        versions: the versions of the products that it concerns, by sku, or older ones.
        lines: the order lines that would move, those that lose most first.
        complete: whether these are all of them.
        body: the rest of the reply.
        cautions: what else its sender should know.
        repeated: whether it would change nothing, because it repeats an earlier one.
        digest: identifies the consequences.
        batch: the batch that the message changes, if it is about one.
    """

    entry: MessageType[Any]
    event: Event
    versions: dict[str, int]
    lines: list[MovedLine]
    complete: bool
    body: list[tuple[str, str]]
    cautions: list[str]
    repeated: bool
    digest: str
    batch: BatchView | None

    @property
    def loses(self) -> bool:
        """Whether a customer would be worse off."""
        return any(line.loses for line in self.lines)

    def page(
        self,
        application: Application,
        back: str,
        key: str | None = None,
        notice: str | None = None,
    ) -> Page:
        """The page that asks whether to send the message.

        `key` is that of the message, if it was tried before; `notice` says why it asks again.
        """
        today = application.today()
        heading = heading_for(self.event, today, self.batch)
        context = {
            "title": f"Preview of {heading}",
            "heading": heading,
            "verdict": verdict(
                LineCounts.of(self.lines),
                complete=self.complete,
                waits=("status", "waiting") in self.body,
            ),
            "lines": self.lines[:LISTED],
            "more": len(self.lines) - LISTED,
            "loses": self.loses,
            "body": self.body,
            "cautions": self.cautions,
            "repeated": self.repeated,
            "verb": self.entry.as_incoming.verb,
            "button": button_for(self.event, today),
            "fields": fields_of(self.entry, self.event),
            "versions": msgspec.json.encode(self.versions).decode(),
            "digest": self.digest,
            "key": key or f"board-{token_urlsafe(16)}",
            "back": back,
            "notice": notice,
        }
        return Page("preview.html", context, 200 if notice is None else 409)


async def preview_of(
    application: Application, worker: Worker, entry: MessageType[Any], event: Event
) -> Preview:
    """What a message would come to.

    Raises:
        Exception: the refusal or the failure that it would meet.
    """
    # Read before the dry run: if a product changes in between, its version is an old one.
    versions = await sync_to_thread(application.versions_for, event)
    batch = await sync_to_thread(_batch_of, application, event)
    [answer] = await worker.dry_run([(event, None)])
    present = partial(application.present_dry_run, entry.as_incoming, event, answer)
    body: Any = (await sync_to_thread(present)).body
    promises = getattr(body, "promises", ())
    lines = moved_lines(getattr(body, "moved", ()), application.today(), promises)
    digest = sha256(msgspec.json.encode(body)).hexdigest()
    return Preview(
        *(entry, event, versions, lines, body.complete, body_of(body), cautions_of(body)),
        *(getattr(body, "repeated", False), digest, batch),
    )


def _batch_of(application: Application, event: Event) -> BatchView | None:
    """The batch that a message changes, as it is now; None if there is none."""
    ref = getattr(event, "ref", None)
    if ref is None or isinstance(event, BatchCreated):
        return None
    try:
        return application.views.promised_lines.page(application.today(), ref, limit=1).batch
    except UnknownBatch:
        return None


def refused_page(
    application: Application, event: Event | None, error: Exception, back: str
) -> Page:
    """The page that says why a message cannot be sent, and has changed nothing."""
    context = {
        "title": "Not possible",
        "heading": None if event is None else heading_for(event, application.today()),
        "reason": str(error),
        "back": back,
    }
    return Page("refused.html", context, status_of(type(error)))
