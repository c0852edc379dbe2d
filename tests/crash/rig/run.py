"""One run: load, faults one after another, quiet, and the audit."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.crash.rig.audit import Findings, Records, audit
from tests.crash.rig.callers import Caller, ask_everything_again, calling
from tests.crash.rig.faults import Fault
from tests.crash.rig.plan import plan
from tests.crash.rig.stage import Kind, Stage, a_stage
from tests.crash.rig.unfinished import until_all_is_done
from tests.support.ledger import read_ledger
from tests.support.waiting import until

CALLERS: Final = 12
THINKING: Final = 0.05
"""Seconds, on average, that a caller takes between an answer and the next errand."""
ANSWERS_BETWEEN_FAULTS: Final = 40
NO_PROGRESS: Final = 180.0
"""Seconds without these answers after which nobody believes that any will come."""

Tell = Callable[[str], None]
"""Hears how it goes."""


@dataclass(frozen=True)
class Size:
    """How much of it there is, all by one parameter: the number of kills and pauses."""

    events: int

    @property
    def huge_lines(self) -> int:
        """Lines of the huge batches; more than the 256 messages of a group."""
        return 300 if self.events < 50 else 400


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
    with a_stage(kind, folder, Size(events).huge_lines) as stage:
        _open_the_market(stage, seed)
        _strike(stage, plan(kind, events, seed), seed, tell)
        _let_everything_finish(stage, tell)
        asked = list(stage.diary.calls)
        ask_everything_again(asked, stage.fleet.addresses, stage.diary)
        until_all_is_done(stage.url)
        _end(stage)
        records = Records(
            read_ledger(stage.url), stage.diary, stage.office.message_ids, stage.fleet.faults
        )
        findings = audit(records)
        return Outcome(kind, seed, events, time.monotonic() - started, stage, records, findings)


def _open_the_market(stage: Stage, seed: int) -> None:
    opener = Caller("opener", stage.fleet.addresses, stage.market, stage.diary, seed)
    for errand in stage.market.opening():
        opener.do(errand)
    chance = random.Random(seed)
    stage.importer.begin(stage.market.huge_lines, [stage.market.huge], chance)


def _strike(stage: Stage, faults: Sequence[Fault], seed: int, tell: Tell) -> None:
    chance = random.Random(f"{seed}/faults")
    callers = [
        Caller(f"c{n}", stage.fleet.addresses, stage.market, stage.diary, seed)
        for n in range(1, CALLERS + 1)
    ]
    with calling(callers, THINKING):
        _until_answers_come(stage)
        for number, fault in enumerate(faults, 1):
            started = time.monotonic()
            fault(stage, chance)
            stage.fleet.look_after()
            _until_answers_come(stage)
            told = f"{number}/{len(faults)} {fault.__name__}"
            tell(f"{told}: {time.monotonic() - started:.1f} s, {len(stage.diary.calls)} answers")


def _until_answers_come(stage: Stage) -> None:
    goal = len(stage.diary.calls) + ANSWERS_BETWEEN_FAULTS
    until(
        lambda: len(stage.diary.calls) >= goal,
        "requests are answered",
        patience=NO_PROGRESS,
    )


def _let_everything_finish(stage: Stage, tell: Tell) -> None:
    stage.office.open()
    stage.importer.finish()
    tell("all is quiet; what is unfinished goes on")
    until_all_is_done(stage.url)


def _end(stage: Stage) -> None:
    for post in stage.fleet.posts:
        if (code := post.end()) != 0:
            post.fell_by_itself.append(code)
