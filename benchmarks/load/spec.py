"""What a load is, and what comes of it; both travel as JSON between two processes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """Requests to `POST /allocate` on this machine, or GETs of one path.

    Without a `rate` each client sends its next request when it has its answer (a closed
    loop). With one, requests are sent on schedule, whether the server keeps up or not
    (an open loop), over at most `clients` connections.
    """

    port: int
    prefix: str
    """Begins every order id of this load; no two loads on one database share it."""
    skus: list[str]
    clients: int
    seconds: float
    """How long answers are counted."""
    warm_up: float
    """Seconds before that."""
    rate: float | None = None
    """Requests per second."""
    key: str | None = None
    """The access key of all requests."""
    path: str | None = None
    """What is read by GET instead of the allocations."""
    status: int = 201
    """Of the answers that are expected."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The answers that were counted. Milliseconds are of those that were expected."""

    seconds: float
    """From the end of the warm-up to the last answer that was counted."""
    statuses: dict[int, int]
    """How often each status came; 0 for a connection lost, -1 for no answer in time."""
    p50_ms: float
    p99_ms: float
    slowest_ms: float
    answers_in_all: int
    """With those of the warm-up and after the end."""
    client_cpu: float
    """Seconds of processor time that the client has used for all of them."""
    client_busy: float
    """Share of one processor that the client was using, 0 to 1."""
    status: int = 201
    """Of the answers that are expected."""

    @property
    def expected(self) -> int:
        """Answers with the expected status; 201: the line is allocated."""
        return self.statuses.get(self.status, 0)

    @property
    def errors(self) -> int:
        """All other answers, and those that did not come."""
        return sum(self.statuses.values()) - self.expected

    @property
    def per_second(self) -> float:
        """Expected answers per second."""
        return self.expected / self.seconds if self.seconds else 0.0
