"""`allocation keys`, on SQLite and PostgreSQL."""

import json
import os
import pwd
import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from allocation.access.keys import AccessKey, KeyText
from allocation.access.scopes import Scope
from allocation.adapters.sql.access.key_store import read_keys
from allocation.adapters.sql.engine.database import Database
from tests.integration.cli.conftest import Run
from tests.support.commands import COMMAND, Dialect, Ended, allocation_here, an_environment

SENDER = f"user:{pwd.getpwuid(os.getuid()).pw_name}"


@pytest.fixture
def keys(database_url: str, tmp_path: Path) -> Run:
    """Runs `allocation keys`."""

    def running(*words: Dialect, **settings: str) -> Ended:
        variables = {"ALLOCATION_DATABASE_URL": database_url, **settings}
        return allocation_here("keys", *words, cwd=tmp_path, settings=variables)

    return running


def created(keys: Run, *words: str) -> KeyText:
    ended = keys("create", *words)
    assert ended.returncode == 0, ended.stderr
    text = KeyText.parse(ended.stdout.removesuffix("\n"))
    assert text is not None
    return text


def listed(keys: Run) -> list[dict[str, Any]]:
    listing: list[dict[str, Any]] = json.loads(keys("list", "--json").stdout)["keys"]
    return listing


def stored(database: Database) -> list[AccessKey]:
    return read_keys(database)


def test_a_key_is_printed_alone_on_standard_output(keys: Run, database: Database) -> None:
    ended = keys("create", "shop", "--scope", "orders", "--scope", "stock")

    text = KeyText.parse(ended.stdout.removesuffix("\n"))
    assert text is not None
    (key,) = stored(database)
    assert (key.prefix, key.digest, key.name) == (text.prefix, text.digest, "shop")
    assert key.scopes == {Scope.ORDERS, Scope.STOCK}
    assert (key.expires_at, key.created_by) == (None, SENDER)
    assert ended.stderr.splitlines() == [
        f"Created the key 'shop', {text.prefix}: orders, stock; it never expires.",
        "This is the key. It is shown only now, since only its hash is stored:",
    ]


def test_a_key_is_made_in_a_database_that_is_not_there_yet(tmp_path: Path) -> None:
    ended = allocation_here("keys", "create", "shop", "--scope", "read", cwd=tmp_path)

    assert ended.returncode == 0
    assert "'shop'" not in allocation_here("keys", "list", cwd=tmp_path).stdout
    assert "shop" in allocation_here("keys", "list", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("duration", "lifetime"),
    [
        ("90d", timedelta(days=90)),
        ("12h", timedelta(hours=12)),
        ("30m", timedelta(minutes=30)),
        ("3650d", timedelta(days=3650)),
    ],
)
def test_a_key_expires_when_it_is_told_to(
    keys: Run, database: Database, duration: str, lifetime: timedelta
) -> None:
    created(keys, "shop", "--scope", "read", "--expires", duration)

    (key,) = stored(database)
    assert key.expires_at is not None
    # The expiry is computed a moment before the key is made.
    assert timedelta(0) <= key.created_at + lifetime - key.expires_at < timedelta(minutes=1)


@pytest.mark.parametrize("duration", ["90", "d", "-1d", "1.5d", "90 d", "1w", "", "٣d", "9" * 30])
def test_a_duration_of_another_form_is_an_invalid_call(keys: Run, duration: str) -> None:
    for option in (
        ("create", "shop", "--scope", "read", f"--expires={duration}"),
        ("rotate", "shop", f"--overlap={duration}"),
    ):
        ended = keys(*option)

        assert (ended.returncode, ended.stdout) == (2, "")
        assert "is not a duration such as 90d, 12h or 30m" in words(ended)
    assert listed(keys) == []


@pytest.mark.parametrize("duration", ["0d", "3651d", "999999d"])
def test_a_lifetime_out_of_bounds_is_an_invalid_call(keys: Run, duration: str) -> None:
    ended = keys("create", "shop", "--scope", "read", "--expires", duration)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"{duration} is not between 1m and 3650d" in words(ended)
    assert listed(keys) == []


def words(ended: Ended) -> str:
    """What a usage error says, without its frame."""
    return " ".join(re.sub("[│╭╮╰╯─]", " ", ended.stderr).split())


@pytest.mark.parametrize("scopes", [(), ("--scope", "everything"), ("--scope", "")])
def test_a_key_without_a_scope_is_an_invalid_call(keys: Run, scopes: tuple[str, ...]) -> None:
    ended = keys("create", "shop", *scopes)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "--scope" in ended.stderr
    assert listed(keys) == []


@pytest.mark.parametrize("name", ["", " shop", "sh\x1bop", "x" * 101, "0123456789ab"])
def test_a_bad_name_is_refused(keys: Run, name: str) -> None:
    ended = keys("create", name, "--scope", "read")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("error: name ")
    assert "\x1b" not in ended.stderr
    assert listed(keys) == []


def test_a_name_that_is_taken_is_refused(keys: Run) -> None:
    created(keys, "shop", "--scope", "read")

    ended = keys("create", "shop", "--scope", "read")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("error: there is a valid access key 'shop' already")
    assert len(listed(keys)) == 1


def test_the_list_has_every_key_and_no_secret(keys: Run) -> None:
    shop = created(keys, "shop", "--scope", "orders", "--expires", "90d")
    board = created(keys, "board", "--scope", "read")
    keys("revoke", "board")

    for ended in (keys("list"), keys("list", "--json")):
        for text in (shop, board):
            assert text.prefix in ended.stdout
            assert text.secret not in ended.stdout
            assert text.digest not in ended.stdout
    first, second = listed(keys)
    assert (first["name"], first["scopes"], first["state"]) == ("shop", ["orders"], "valid")
    assert (second["state"], second["revoked_by"], second["used_at"]) == ("revoked", SENDER, None)
    header, *lines = keys("list").stdout.splitlines()
    assert header.split() == [
        *("name", "prefix", "scopes", "created", "by", "expires", "last", "use", "state"),
        *("revoked", "revoked", "by"),
    ]
    assert len(lines) == 2


def test_a_list_without_keys_says_that_the_service_is_open(keys: Run) -> None:
    ended = keys("list")

    assert ended.returncode == 0
    assert ended.stdout.startswith("There are no access keys: the service is open")


def test_a_rotated_key_replaces_the_other_one_after_the_overlap(
    keys: Run, database: Database
) -> None:
    old = created(keys, "shop", "--scope", "orders")

    ended = keys("rotate", "shop", "--overlap", "12h")

    new = KeyText.parse(ended.stdout.removesuffix("\n"))
    assert new is not None
    first, second = stored(database)
    assert (first.prefix, second.prefix) == (old.prefix, new.prefix)
    assert first.expires_at == second.created_at + timedelta(hours=12)
    assert (second.name, second.expires_at) == ("shop", None)
    assert second.scopes == {Scope.ORDERS}
    assert f"The replaced key, {old.prefix}, expires at" in ended.stderr


def test_a_rotation_overlaps_by_a_week(keys: Run, database: Database) -> None:
    created(keys, "shop", "--scope", "orders")

    keys("rotate", "shop")

    first, second = stored(database)
    assert first.expires_at == second.created_at + timedelta(days=7)


def test_two_keys_of_a_name_are_revoked_one_by_one_or_all_at_once(keys: Run) -> None:
    old = created(keys, "shop", "--scope", "orders")
    keys("rotate", "shop")

    refused = keys("revoke", "shop")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert old.prefix in refused.stderr
    assert [key["state"] for key in listed(keys)] == ["valid", "valid"]

    ended = keys("revoke", old.prefix)
    assert ended.returncode == 0
    assert ended.stdout.startswith(f"The key 'shop', {old.prefix}, is revoked since ")
    assert [key["state"] for key in listed(keys)] == ["revoked", "valid"]

    keys("rotate", "shop")
    assert len(keys("revoke", "shop", "--all").stdout.splitlines()) == 2
    assert [key["state"] for key in listed(keys)] == ["revoked"] * 3


@pytest.mark.parametrize("command", ["revoke", "rotate"])
def test_a_key_that_is_not_there_is_not_found(keys: Run, command: str) -> None:
    ended = keys(command, "nobody")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "error: there is no valid access key 'nobody'\n"


def test_a_command_on_a_missing_database_makes_none(tmp_path: Path) -> None:
    for words in (("revoke", "shop"), ("rotate", "shop"), ("list",)):
        assert allocation_here("keys", *words, cwd=tmp_path).returncode == 2

    assert list(tmp_path.iterdir()) == []


def test_no_environment_variable_changes_the_sender(keys: Run, database: Database) -> None:
    variables = dict.fromkeys(("USER", "LOGNAME", "USERNAME", "LNAME", "SUDO_USER"), "mallory")

    keys("create", "shop", "--scope", "read", **variables)

    (key,) = stored(database)
    assert key.created_by == SENDER


@pytest.fixture
def processes(database_url: str, tmp_path: Path) -> Iterator[list["subprocess.Popen[str]"]]:
    """Four commands that create a key of the same name, at the same time."""
    running = [
        subprocess.Popen(
            [COMMAND, "keys", "create", "shop", "--scope", "read"],
            cwd=tmp_path,
            env=an_environment(ALLOCATION_DATABASE_URL=database_url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    yield running
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_one_of_several_processes_gets_the_name(
    processes: list["subprocess.Popen[str]"], database: Database
) -> None:
    ended = [process.communicate(timeout=60) for process in processes]

    assert sorted(process.returncode for process in processes) == [0, 1, 1, 1]
    (printed,) = [stdout for stdout, _ in ended if stdout]
    text = KeyText.parse(printed.removesuffix("\n"))
    assert text is not None
    (key,) = stored(database)
    assert key.proves(text.digest)
    refusals = [stderr for stdout, stderr in ended if not stdout]
    assert all("there is a valid access key 'shop' already" in each for each in refusals)
