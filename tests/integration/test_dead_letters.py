"""Dead letters as an operator meets them: on the command line and over HTTP."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from allocation.adapters.sql.engine.database import Database
from tests.integration.http.conftest import Client, served
from tests.support.commands import Ended, allocation_here
from tests.support.ledger import read_ledger
from tests.support.mail import MailServer
from tests.support.requests import add_batch, allocate
from tests.support.stock_harness import StockHarness

Run = Callable[..., Ended]


@pytest.fixture
def letter(database_url: str, database: Database) -> str:
    """The id of a mail about lamps that was given up."""
    with served(database_url) as client:
        add_batch(client, qty=1)
        allocate(client, "o1", qty=2)
    StockHarness(database).tamper(
        "UPDATE messages SET status = 'dead', error = 'OSError: no road', attempts = 300"
        " WHERE type = 'Digest'"
    )
    [row] = read_ledger(database_url).with_status("dead")
    return str(row["id"])


@pytest.fixture
def client(database_url: str) -> Iterator[Client]:
    with served(database_url) as client:
        yield client


@pytest.fixture
def run(tmp_path: Path, database_url: str) -> Run:
    """Runs `allocation dead-letters`."""
    return lambda *words, **settings: allocation_here(
        *("dead-letters", *words, "--database", database_url), cwd=tmp_path, settings=settings
    )


def test_dead_letters_are_listed_and_shown(run: Run, letter: str) -> None:
    listed = run("list").stdout
    assert letter in listed
    assert "OSError: no road" in listed
    shown = run("show", letter).stdout
    assert 'message: Digest {"audience":"buyers"' in shown
    assert "attempts: 300" in shown


@pytest.mark.parametrize("which", ["one", "all"])
def test_a_replay_sends_the_mail_with_its_id(
    run: Run, letter: str, which: str, database_url: str
) -> None:
    harness = MailServer()
    with harness.up() as inbox:
        words = "replay", letter if which == "one" else "--all"
        ended = run(*words, **harness.settings)
    assert (ended.returncode, ended.stdout) == (0, "Replayed 1 dead letter.\n")
    assert [mail["Subject"] for mail in inbox.mails] == ["Out of stock for LAMP"]
    ledger = read_ledger(database_url)
    [mail] = [row for row in ledger.messages if row["type"] == "Digest"]
    assert (mail["id"], mail["status"]) == (letter, "handled")
    [note] = [row for row in ledger.messages if row["type"] == "DeadLetterReplayed"]
    assert note["causation_id"] == letter
    assert run("list").stdout == "There are no dead letters.\n"


def test_a_discarded_one_is_gone_and_stays_in_the_log(
    run: Run, letter: str, database_url: str
) -> None:
    assert run("discard", letter).returncode == 0
    ledger = read_ledger(database_url)
    assert [row["id"] for row in ledger.with_status("discarded")] == [letter]
    assert run("discard", letter).returncode == 1


@pytest.mark.parametrize("command", ["show", "replay", "discard"])
def test_an_unknown_dead_letter_ends_with_1(run: Run, command: str) -> None:
    ended = run(command, "no-such")
    assert (ended.returncode, ended.stderr) == (1, "error: No dead letter has the id no-such\n")


@pytest.mark.parametrize("words", [("replay",), ("replay", "some-id", "--all")])
def test_a_replay_is_of_one_or_of_all(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).returncode == 2


def test_http_shows_and_replays_dead_letters(
    letter: str, client: Client, database_url: str
) -> None:
    [shown] = client.get("/dead-letters").json()
    expected = (letter, "Digest", "OSError: no road")
    assert (shown["id"], shown["type"], shown["error"]) == expected
    assert client.get(f"/dead-letters/{letter}").json() == shown
    assert client.post(f"/dead-letters/{letter}/replay").json() == {"replayed": 1}
    assert client.get("/dead-letters").json() == []
    assert client.post("/dead-letters/replay").json() == {"replayed": 0}


@pytest.mark.parametrize("spelling", ["L\u00d6T", "LO\u0308T"], ids=["NFC", "NFD"])
@pytest.mark.parametrize("act", ["replay", "discard"])
def test_a_dead_letter_is_found_in_either_spelling_of_its_id(
    run: Run, letter: str, database: Database, database_url: str, spelling: str, act: str
) -> None:
    StockHarness(database).tamper("UPDATE messages SET id = 'L\u00d6T' WHERE status = 'dead'")

    assert run("show", spelling).returncode == 0
    with served(database_url) as client:
        page = f"/dead-letters/{quote(spelling)}"
        assert client.get(page).json()["id"] == "L\u00d6T"
        assert client.post(f"{page}/{act}").status_code in (200, 204)


def test_a_discard_over_http_with_a_key_is_done_once(
    letter: str, client: Client, database_url: str
) -> None:
    def send_request(act: str) -> int:
        headers = {"Idempotency-Key": "k1"}
        return client.post(f"/dead-letters/{letter}/{act}", headers=headers).status_code

    assert list(map(send_request, ("discard", "discard", "replay"))) == [204, 204, 422]
    assert [row["id"] for row in read_ledger(database_url).with_status("discarded")] == [letter]
