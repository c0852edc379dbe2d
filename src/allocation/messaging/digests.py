"""Digests: an audience is notified once of all the facts that have one cause.

The cause is an incoming message with its chain of follow-ups, or a submission of several messages,
such as a file. Each group writes one OUTGOING `Digest` for each audience and chain with facts for
it; the outbox relay gathers those of one cause into one delivery when their chains are finished.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
"""The time after which a chain that is not finished is looked at again."""

LONGEST_KEY: Final = 255
"""The maximum length of an ordering key, in characters."""


@dataclass(frozen=True, slots=True)
class Digest:
    """Facts of one chain, recorded by one group, of which an audience is to be notified.

    Attributes:
        audience: the name of the recipients.
        chain: the id of the incoming message that has led to the facts.
        first: the id of the first of the facts.
        last: the id of the last of the facts.
        counts: the number of the facts of each type, by its name in the log.
        submission: the id of the submission that the incoming message belongs to, if any.
    """

    audience: str
    chain: str
    first: str
    last: str
    counts: dict[str, int]
    submission: str | None = None

    @property
    def key(self) -> str:
        """The ordering key, which the digests of one audience and cause share."""
        return digest_key(self.audience, self.submission or self.chain)

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


def awaits_submission(entry: Entry) -> bool:
    """Whether a digest is still to be delivered at the end of its submission."""
    return entry.due == entry.envelope.at + SUBMISSION_TIMEOUT


class GroupDigests:
    """The digests of the facts that one group records."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._facts: defaultdict[tuple[str, str], list[Envelope]] = defaultdict(list)

    def note(self, envelope: Envelope) -> None:
        """Note a message that has been recorded or handled, and whose type has an audience."""
        audience = self._registry.audiences[type(envelope.message)]
        self._facts[audience, envelope.correlation_id].append(envelope)

    def entries(self, new_id: NewId, now: datetime) -> Iterator[Entry]:
        """The log entries of the digests.

        That of a submission is not due before its end (`OutboxRelay.end_submission`).
        """
        for (audience, chain), facts in self._facts.items():
            first, submission = facts[0], facts[0].submission
            counts = Counter(self._registry.name(fact.message) for fact in facts)
            digest = Digest(audience, chain, first.id, facts[-1].id, dict(counts), submission)
            due = now if submission is None else now + SUBMISSION_TIMEOUT
            envelope = first.causing(digest, id=new_id(), at=now, continues=True)
            yield Entry(envelope, Status.OUTGOING, due=due)


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
        if isinstance(entry.envelope.message, Digest):
            # An earlier version may have stored it with another key.
            digests = log.digests((entry.envelope.message.key,)) or [entry]
            _gather_cause(log, digests, now, gathered)
        else:
            gathered.deliverable.append((entry,))
    return gathered


def _gather_cause(log: Log, entries: Sequence[Entry], now: datetime, gathered: Gathered) -> None:
    due = max((entry.due for entry in entries if entry.due is not None), default=now)
    if due > now:
        gathered.postponed.append(entries[0]._replace(due=due))
    elif log.incomplete({entry.envelope.correlation_id for entry in entries}, latest_due_time(now)):
        # Follow-ups that failed, and will be tried again later, count as well.
        gathered.postponed.append(entries[0]._replace(due=now + RECHECK_DELAY))
    else:
        gathered.deliverable.append(entries)
