"""The sender of a command is the user of its process."""

import os
import pwd

import pytest

from allocation.entrypoints.users import command_sender


def test_the_name_is_that_of_the_user_id_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        monkeypatch.setenv(variable, "mallory")

    assert command_sender() == f"user:{pwd.getpwuid(os.getuid()).pw_name}"


def test_a_user_id_without_a_name_stands_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_123_456_789)

    assert command_sender() == "user:4123456789"
