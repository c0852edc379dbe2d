"""What a follower of the feed was told, against the log: each message once, in its order."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from tests.chaos.audit.records import Entry, Records
from tests.chaos.observations import FollowedEvent


def missing(records: Records) -> Iterator[str]:
    """Messages that a follower was not told of."""
    for name, events in records.observations.followed.items():
        ids = {event.id for event in events}
        for entry in records.entries:
            if entry.id not in ids:
                yield f"{name} was not told of {entry}"


def repeated(records: Records) -> Iterator[str]:
    """Messages that a follower was told of more than once, though it gave its true place."""
    for name, events in records.observations.followed.items():
        for id, times in Counter(event.id for event in events).items():
            if times > 1:
                yield f"{name} was told of {id} {times} times"


def misordered(records: Records) -> Iterator[str]:
    """Messages that a follower was told of after later ones."""
    for name, events in records.observations.followed.items():
        for one, other in pairwise(events):
            if other.place <= one.place:
                yield f"{name} was told of {other.id} ({other.place}) after place {one.place}"


def altered(records: Records) -> Iterator[str]:
    """Events that are not in the log as a follower was told of them."""
    in_log = {entry.id: _event_of(entry) for entry in records.entries}
    for name, events in records.observations.followed.items():
        for event in events:
            if event.id not in in_log:
                yield f"{name} was told of {event}, which is not in the log"
            elif event != in_log[event.id]:
                yield f"{name} was told of {event}, which is {in_log[event.id]} in the log"


def _event_of(entry: Entry) -> FollowedEvent:
    body = json.dumps(entry.body, sort_keys=True)
    return FollowedEvent(entry.seq, entry.id, entry.type, body, entry.chain, entry.cause)
