"""The rows of all tables about HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.figures import Row, Spread
from benchmarks.loads import Measured


@dataclass(frozen=True, slots=True)
class Served(Row):
    """What a server did under one kind of load: the spread, the median or the worst of rounds."""

    server: str
    database: str | None
    skus: int
    """Products that share the load."""
    history: int | None
    """Lines that each of them had before."""
    clients: int
    """Connections at once, kept alive."""
    offered_per_second: float | None
    """Requests on schedule; None where each client waits for its answer."""
    per_second: Spread
    """Lines allocated (answers with status 201) per second."""
    errors_per_second: float
    """Other answers."""
    p50_ms: Spread
    p99_ms: Spread
    slowest_ms: float
    server_us: float
    """Microseconds of the server's processor time per answer, its database's not counted."""
    client_us: float
    """The same of the client."""
    client_busy: float
    """Share of a processor that the client took, 0 to 1."""
    errors: int
    """Other answers, and those that did not come, over all rounds."""
    error_share: float
    ratio: Spread | None
    """`per_second` divided by that of `to`, measured in turn with it."""
    to: str | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What a row is compared with, and how it compares."""

    to: str
    ratio: Spread


@dataclass(frozen=True, slots=True)
class Kind:
    """The kind of load that a row is about."""

    server: str
    database: str | None
    skus: int
    clients: int
    history: int | None = None
    offered: float | None = None


def row(kind: Kind, rounds: Sequence[Measured], compared: Compared | None = None) -> Served:
    """Put the rounds of one point together."""
    tallies = [measured.tally for measured in rounds]
    answers = [max(1, tally.answers_in_all) for tally in tallies]
    errors = sum(tally.errors for tally in tallies)
    counted = errors + sum(tally.expected for tally in tallies)
    return Served(
        server=kind.server,
        database=kind.database,
        skus=kind.skus,
        history=kind.history,
        clients=kind.clients,
        offered_per_second=kind.offered,
        per_second=Spread.of([tally.per_second for tally in tallies]),
        errors_per_second=median(t.errors / t.seconds if t.seconds else 0 for t in tallies),
        p50_ms=Spread.of([tally.p50_ms for tally in tallies]),
        p99_ms=Spread.of([tally.p99_ms for tally in tallies]),
        slowest_ms=max(tally.slowest_ms for tally in tallies),
        server_us=median(each.server_us for each in rounds),
        client_us=median(1e6 * t.client_cpu / n for t, n in zip(tallies, answers, strict=True)),
        client_busy=median(tally.client_busy for tally in tallies),
        errors=errors,
        error_share=errors / counted if counted else 0.0,
        ratio=compared.ratio if compared else None,
        to=compared.to if compared else None,
    )
