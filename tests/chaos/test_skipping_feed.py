"""The audit of the rig finds a feed that goes on after the last number that is committed."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.chaos.audit import KINDS, Findings, Records
from tests.chaos.clocked import SKIPPING
from tests.chaos.observations import Observations
from tests.chaos.rig.fleet import Fleet, a_fleet
from tests.chaos.rig.followers import (
    Follower,
    followers_of,
    following,
    until_all_have_followed,
)
from tests.support.ledger import read_ledger
from tests.support.log_writers import write
from tests.support.requests import a_batch_body

OF_THE_FEED = ("missing", "repeated", "misordered", "altered")


@contextmanager
def followed(fleet: Fleet, observations: Observations) -> Iterator[list[Follower]]:
    followers = followers_of(fleet.addresses, observations, seed=1)
    with following(followers):
        yield followers


def of_the_feed(url: str, observations: Observations) -> Findings:
    records = Records(read_ledger(url), observations)
    return {kind: list(KINDS[kind](records)) for kind in OF_THE_FEED}


@pytest.mark.slow
@pytest.mark.parametrize("bug", ["", SKIPPING])
def test_the_audit_finds_that_a_feed_skips_the_transaction_that_is_committed_last(
    bug: str, postgresql_url: str, tmp_path: Path
) -> None:
    observations = Observations()
    with (
        closing(psycopg.connect(postgresql_url)) as slow,
        a_fleet(2, postgresql_url, tmp_path, bug=bug) as fleet,
        followed(fleet, observations) as followers,
    ):
        write(slow, "slow")
        for number, address in enumerate(fleet.addresses()):
            body = a_batch_body(ref=f"b{number}")
            assert httpx.post(f"{address}/add_batch", json=body).status_code == 201
        if bug:
            assert until_all_have_followed(followers, 3)
        slow.commit()
        write(slow, "last")
        slow.commit()
        assert until_all_have_followed(followers, 4)

    findings = of_the_feed(postgresql_url, observations)
    skipped = [f"{each.name} was not told of Allocated slow (seq 1)" for each in followers]
    assert sorted(findings.pop("missing")) == (sorted(skipped) if bug else [])
    assert not any(findings.values()), findings
