"""One run: load, faults one after another, quiet, and the audit."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.crash.rig.audit import Findings, Records, audit
from tests.crash.rig.callers import Caller, ask_everything_again, calling
from tests.crash.rig.faults import Fault
from tests.crash.rig.plan import plan
from tests.crash.rig.size import Size
from tests.crash.rig.stage import Kind, Stage, a_stage
from tests.crash.rig.unfinished import until_all_is_done
from tests.support.ledger import read_ledger
from tests.support.waiting import until

NO_PROGRESS: Final = 180.0
"""Seconds without answers after which nobody believes that any will come."""

Tell = Callable[[str], None]
"""Hears how it goes."""


@dataclass(frozen=True)
class Outcome:
    """What there is to tell when it is over."""

    kind: Kind
    seed: int
    events: int
    seconds: float
    stage: Stage
    records: Records
    findings: Findings


def run(kind: Kind, events: int, seed: int, folder: Path, tell: Tell) -> Outcome:
    """Do it, and audit it."""
    started = time.monotonic()
    size = Size(events)
    with a_stage(kind, folder, size.huge_lines) as stage:
        _open_the_market(stage, seed)
        with calling(_callers(stage, size, seed), size.thinking):
            _strike(stage, plan(kind, events, seed), size, seed, tell)
        _let_everything_finish(stage, size, tell)
        ask_everything_again(list(stage.diary.calls), stage.fleet.addresses, stage.diary)
        until_all_is_done(stage.url, let_time_pass_after=size.let_time_pass_after)
        _end(stage)
        records = Records(
            read_ledger(stage.url), stage.diary, stage.office.message_ids, stage.fleet.faults
        )
        findings = audit(records)
        return Outcome(kind, seed, events, time.monotonic() - started, stage, records, findings)


def _open_the_market(stage: Stage, seed: int) -> None:
    opener = Caller("opener", stage.fleet.addresses, stage.market, stage.diary, seed)
    opener.do_all(stage.market.opening())
    chance = random.Random(seed)
    stage.importer.begin(stage.market.huge_lines, [stage.market.huge], chance)


def _callers(stage: Stage, size: Size, seed: int) -> list[Caller]:
    names = [f"c{n}" for n in range(1, size.callers + 1)]
    where, market, diary = stage.fleet.addresses, stage.market, stage.diary
    return [Caller(name, where, market, diary, seed) for name in names]


def _strike(stage: Stage, faults: Sequence[Fault], size: Size, seed: int, tell: Tell) -> None:
    chance = random.Random(f"{seed}/faults")
    _until_answers_come(stage, size)
    for number, fault in enumerate(faults, 1):
        started = time.monotonic()
        fault(stage, chance)
        stage.fleet.look_after()
        _until_answers_come(stage, size)
        told = f"{number}/{len(faults)} {fault.__name__}"
        tell(f"{told}: {time.monotonic() - started:.1f} s, {len(stage.diary.calls)} answers")


def _until_answers_come(stage: Stage, size: Size) -> None:
    goal = len(stage.diary.calls) + size.answers_between_faults
    until(lambda: len(stage.diary.calls) >= goal, "requests are answered", patience=NO_PROGRESS)


def _let_everything_finish(stage: Stage, size: Size, tell: Tell) -> None:
    stage.office.open()
    for post in stage.fleet.posts:
        post.put_the_clock(timedelta())
    stage.importer.finish()
    tell("all is quiet; what is unfinished goes on")
    until_all_is_done(stage.url, let_time_pass_after=size.let_time_pass_after)


def _end(stage: Stage) -> None:
    for post in stage.fleet.posts:
        if (code := post.end()) != 0:
            post.fell_by_itself.append(code)
