"""One run: load, faults one after another, quiet, and the audit."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from allocation.adapters.sql.engine.database import Database
from tests.chaos.audit import Findings, Records, audit
from tests.chaos.audit.model import differences_from_model
from tests.chaos.audit.model_stock import InFile
from tests.chaos.rig.clients import Caller, ask_everything_again, calling
from tests.chaos.rig.environment import Environment, Kind, an_environment
from tests.chaos.rig.faults import Fault
from tests.chaos.rig.followers import followers_of, following, until_all_have_followed
from tests.chaos.rig.plan import plan
from tests.chaos.rig.size import Size, size_of
from tests.chaos.rig.unfinished import until_all_is_done
from tests.support.databases import SQLite
from tests.support.ledger import read_ledger, verify
from tests.support.waiting import wait_until

NO_PROGRESS: Final = 180.0
"""Seconds without answers after which nobody believes that any will come."""

Tell = Callable[[str], None]
"""Reports the progress."""


class RigOptions(NamedTuple):
    """What is to be run."""

    kind: Kind
    events: int
    """Kills and pauses."""
    seed: int
    steady: bool = False
    """Whether no clock jumps, so that the log can be put to the model, too."""
    bug: str = ""
    """A bug that the servers have: see `clocked`."""


@dataclass(frozen=True)
class Outcome:
    """The result of a run."""

    asked: RigOptions
    seconds: float
    environment: Environment
    records: Records
    findings: Findings


def run(asked: RigOptions, folder: Path, tell: Tell) -> Outcome:
    """Carry the run out, and audit it."""
    started, today = time.monotonic(), datetime.now(UTC).date()
    size = size_of(asked.events)
    with an_environment(asked.kind, folder, size.huge_lines, asked.bug) as environment:
        where, observations = environment.fleet.addresses, environment.observations
        followers = followers_of(where, observations, asked.seed)
        with following(followers):
            _work_and_strike(environment, asked, size, tell)
            last = read_ledger(environment.url).messages[-1]["seq"]
            until_all_have_followed(followers, last)
        for server in environment.fleet.servers:
            server.end()
        records = Records(
            read_ledger(environment.url),
            environment.observations,
            environment.mail_server.message_ids,
            environment.fleet.faults,
            discrepancies=verify(environment.url),
        )
        findings = audit(records)
        if asked.steady:
            findings["differing"] = _differing(records, folder / "model", today)
        return Outcome(asked, time.monotonic() - started, environment, records, findings)


def _work_and_strike(environment: Environment, asked: RigOptions, size: Size, tell: Tell) -> None:
    """All that happens until everything is done."""
    seed, observations = asked.seed, environment.observations
    _announce_inventory(environment, seed)
    callers = [_caller(f"c{n}", environment, seed) for n in range(1, size.callers + 1)]
    planned = plan(asked.kind, asked.events, seed, steady=asked.steady)
    with calling(callers, size.thinking):
        _strike(environment, planned, size, seed, tell)
    _let_everything_finish(environment, size, tell)
    ask_everything_again(list(observations.calls), environment.fleet.addresses, observations)
    until_all_is_done(environment.url, let_time_pass_after=size.let_time_pass_after)


def _differing(records: Records, folder: Path, today: date) -> list[str]:
    """The differences from the domain alone, which could not know when a clock has jumped."""
    folder.mkdir()
    database = Database(SQLite(folder).migrated(folder))
    try:
        return list(differences_from_model(records, InFile(database, today)))
    finally:
        database.close()


def _announce_inventory(environment: Environment, seed: int) -> None:
    _caller("opener", environment, seed).do_all(environment.inventory.opening())
    rng = random.Random(seed)
    environment.importer.begin(environment.inventory.huge_lines, [environment.inventory.huge], rng)


def _caller(name: str, environment: Environment, seed: int) -> Caller:
    where, inventory = environment.fleet.addresses, environment.inventory
    return Caller(name, where, inventory, environment.observations, seed)


def _strike(
    environment: Environment, faults: Sequence[Fault], size: Size, seed: int, tell: Tell
) -> None:
    rng = random.Random(f"{seed}/faults")
    _until_answers_come(environment, size)
    for number, fault in enumerate(faults, 1):
        started = time.monotonic()
        fault(environment, rng)
        environment.fleet.restart_fallen()
        _until_answers_come(environment, size)
        progress = f"{number}/{len(faults)} {fault.__name__}"
        tell(
            f"{progress}: {time.monotonic() - started:.1f} s, "
            f"{len(environment.observations.calls)} answers"
        )


def _until_answers_come(environment: Environment, size: Size) -> None:
    goal = len(environment.observations.calls) + size.answers_between_faults
    wait_until(
        lambda: len(environment.observations.calls) >= goal,
        "requests are answered",
        patience=NO_PROGRESS,
    )


def _let_everything_finish(environment: Environment, size: Size, tell: Tell) -> None:
    environment.mail_server.open()
    for server in environment.fleet.servers:
        server.set_clock(timedelta())
    environment.importer.finish()
    tell("all is quiet; what is unfinished goes on")
    until_all_is_done(environment.url, let_time_pass_after=size.let_time_pass_after)
