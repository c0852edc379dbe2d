"""Putting a load on a server, from a process of its own."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

import msgspec

from benchmarks import children, progress
from benchmarks.children import ROOT, Server
from benchmarks.effort import Effort
from benchmarks.load.spec import Load, Tally

_prefixes: Final = count(1)


@dataclass(frozen=True, slots=True)
class Measured:
    """One load and what came of it."""

    tally: Tally
    server_cpu: float
    """Seconds of processor time that the server has used meanwhile."""

    @property
    def per_second(self) -> float:
        """Expected answers per second."""
        return self.tally.per_second

    @property
    def server_us(self) -> float:
        """Microseconds of the server's processor time per answer."""
        return 1e6 * self.server_cpu / max(1, self.tally.answers_in_all)


def put(
    server: Server,
    effort: Effort,
    skus: Sequence[str],
    clients: int,
    *,
    seconds: float | None = None,
    rate: float | None = None,
) -> Measured:
    """Let so many clients ask for allocations; in turn, or at a rate per second."""
    load = Load(
        port=0,
        prefix=f"order-{next(_prefixes):05d}",
        skus=list(skus),
        clients=clients,
        seconds=seconds or effort.seconds,
        warm_up=effort.warm_up,
        rate=rate,
        key=server.key,
    )
    return _put(server, load)


def read(server: Server, effort: Effort, path: str, clients: int) -> Measured:
    """Let so many clients read the path, each again when it has its answer."""
    load = Load(
        port=0,
        prefix="",
        skus=[],
        clients=clients,
        seconds=effort.seconds,
        warm_up=effort.warm_up,
        key=server.key,
        path=path,
        status=200,
    )
    return _put(server, load)


def _put(server: Server, load: Load) -> Measured:
    children.all_ready()
    load = replace(load, port=server.port)
    before = server.cpu
    output = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=msgspec.json.encode(load),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
    )
    measured = Measured(msgspec.json.decode(output.stdout, type=Tally), server.cpu - before)
    wrong_answers = f", NOT AS EXPECTED: {measured.tally.statuses}" if measured.tally.errors else ""
    progress.tell(
        f"{server.name}, {load.clients} clients: {measured.per_second:,.0f}/s{wrong_answers}"
    )
    return measured
