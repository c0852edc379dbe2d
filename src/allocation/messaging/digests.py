"""Digests: an audience is notified once of all the facts that have one cause.

The cause is an incoming message with its chain of follow-ups, or a submission of several messages,
such as a file. Each group writes one OUTGOING `Digest` for each audience and cause with facts for
it; the outbox relay gathers those of one cause into one delivery when their chains are finished.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

from allocation.messaging.clock_skew import latest_due_time
from allocation.messaging.log import Entry, Envelope, NewId, Status
from allocation.messaging.ports import Log
from allocation.messaging.registry import Registry
from allocation.messaging.retry import LONGEST_DELAY

SUBMISSION_TIMEOUT: Final = LONGEST_DELAY
"""A submission whose sender has vanished ends this long after its last fact."""

RECHECK_DELAY: Final = timedelta(seconds=1)
"""The shortest time after which chains that are not finished are looked at again."""

LONGEST_KEY: Final = 255
"""The maximum length of an ordering key, in characters."""


class FactRange(NamedTuple):
    """Facts of one chain that one group has recorded: the ids of the first and the last."""

    chain: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Digest:
    """Facts with one cause, recorded by one group, of which an audience is to be notified.

    `facts` says where they are: for each chain, the ids of the first and the last. `counts` has the
    number of facts of each type, by its name in the log. `submission` is the id of the submission
    that the chains belong to, if any.
    """

    audience: str
    facts: list[FactRange]
    counts: dict[str, int]
    submission: str | None = None

    @property
    def key(self) -> str:
        """The ordering key, which the digests of one audience and cause share."""
        return digest_key(self.audience, self.submission or self.facts[0].chain)

    @property
    def chains(self) -> list[str]:
        """The ids of the incoming messages that have led to the facts."""
        return [facts.chain for facts in self.facts]

    @property
    def title(self) -> str | None:
        """The title of the submission, which is a part of its id."""
        return None if self.submission is None else self.submission.rpartition(":")[0]


def digest_key(audience: str, cause: str) -> str:
    """The ordering key of the digests of an audience and a cause."""
    key = f"{audience}:{cause}"
    if len(key) <= LONGEST_KEY:
        return key
    return f"{audience}:{sha256(cause.encode()).hexdigest()}"


class GroupDigests:
    """The digests of the facts that one group records."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._facts: defaultdict[tuple[str, str], list[Envelope]] = defaultdict(list)

    def note(self, envelope: Envelope) -> None:
        """Note a message that has been recorded or handled, and whose type has an audience."""
        audience = self._registry.audiences[type(envelope.message)]
        self._facts[audience, envelope.submission or envelope.correlation_id].append(envelope)

    def entries(self, new_id: NewId, now: datetime) -> Iterator[Entry]:
        """The log entries of the digests, one for each audience and cause.

        That of a submission is not due before its end (`OutboxRelay.end_submission`).
        """
        for (audience, _), facts in self._facts.items():
            counts = Counter(self._registry.name(fact.message) for fact in facts)
            submission = facts[0].submission
            digest = Digest(audience, _ranges(facts), dict(counts), submission)
            due = now if submission is None else now + SUBMISSION_TIMEOUT
            envelope = facts[0].causing(digest, id=new_id(), at=now, continues=True)
            yield Entry(envelope, Status.OUTGOING, due=due)


def _ranges(facts: Iterable[Envelope]) -> list[FactRange]:
    by_chain: dict[str, FactRange] = {}
    for fact in facts:
        earlier = by_chain.get(fact.correlation_id)
        first = fact.id if earlier is None else earlier.first
        by_chain[fact.correlation_id] = FactRange(fact.correlation_id, first, fact.id)
    return list(by_chain.values())


def awaiting_submission(entries: Collection[Entry]) -> list[Entry]:
    """Those digests of a submission that are still to be delivered at its end.

    A digest that another one has postponed is due when that one is.
    """
    timeouts = {entry.envelope.at + SUBMISSION_TIMEOUT for entry in entries}
    return [entry for entry in entries if entry.due in timeouts]


class Gathered(NamedTuple):
    """What is to be done with entries that are due for delivery.

    Attributes:
        deliverable: the entries of each delivery: a single message, or the digests of one cause.
        postponed: the entries of digests whose cause is not finished, with their new due times.
    """

    deliverable: list[Sequence[Entry]]
    postponed: list[Entry]


def gather(log: Log, entries: Iterable[Entry], now: datetime) -> Gathered:
    """Gather the digests of the same cause as each due one; other messages remain single."""
    gathered = Gathered([], [])
    for entry in entries:
        digest = entry.envelope.message
        if not isinstance(digest, Digest):
            gathered.deliverable.append((entry,))
        elif (due := _due_again(log, digest.key, now)) is not None:
            gathered.postponed.append(entry._replace(due=due))
        else:
            # Read again: until its chains were found finished, another server may have gone on.
            gathered.deliverable.append(log.digests((digest.key,)) or [entry])
    return gathered


def _due_again(log: Log, key: str, now: datetime) -> datetime | None:
    """When to look again at the digests with this key; None if they can be delivered now."""
    entries = log.digests((key,))
    latest = max((entry.due for entry in entries if entry.due is not None), default=now)
    if latest > now:
        return latest
    messages = [e.envelope.message for e in entries if isinstance(e.envelope.message, Digest)]
    chains = {chain for digest in messages for chain in digest.chains}
    # Follow-ups that failed, and will be tried again later, count as well.
    if not log.incomplete(chains, latest_due_time(now)):
        return None
    age = now - entries[0].envelope.at
    return now + min(max(age / 4, RECHECK_DELAY), LONGEST_DELAY)
