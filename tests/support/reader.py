"""A reader of the README, who types its commands."""

import io
import shlex
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Final
from unittest import mock

import httpx

from tests.support.commands import allocation_here
from tests.support.readme import Command

ADDRESS: Final = "127.0.0.1:8000"
"""Where the README's server serves."""

# As curl sends them; a machine on which these tests run need not have it.
_CURL_HEADERS: Final = {
    "User-Agent": "curl/8.5.0",
    "Accept": "*/*",
    "Content-Type": "application/x-www-form-urlencoded",
}


class Reader:
    """Somebody in the root of a clone, where a server may run; they see standard output."""

    def __init__(self, folder: Path, address: str = "") -> None:
        self._folder = folder
        self._address = address

    def type(self, command: Command) -> str:
        """What the command prints, without blanks at the ends of lines."""
        words = shlex.split(command.line, comments=True)
        stdin = "".join(f"{line}\n" for line in command.stdin)
        if words[0] == "curl":
            return self._curl(words[1:], stdin)
        if words[0] == ".venv/bin/allocation":
            given = io.TextIOWrapper(io.BytesIO(stdin.encode()))
            with mock.patch.object(sys, "stdin", given):
                printed = allocation_here(*words[1:], cwd=self._folder).stdout
        else:
            printed = subprocess.run(
                words, cwd=self._folder, capture_output=True, text=True, timeout=60, check=True
            ).stdout
        return "\n".join(line.rstrip() for line in printed.splitlines())

    def _curl(self, words: list[str], stdin: str) -> str:
        curl = ArgumentParser("curl", exit_on_error=False)
        curl.add_argument("address")
        curl.add_argument("-d", "--data-binary", dest="body")
        asked = curl.parse_args(words)
        assert asked.address.startswith(f"{ADDRESS}/")
        address = self._address + asked.address.removeprefix(ADDRESS)
        body = stdin if asked.body == "@-" else asked.body
        if body is None:
            return httpx.get(address).text
        return httpx.post(address, content=body, headers=_CURL_HEADERS).text


def as_printed(command: Command) -> str:
    """What the README says that the command prints.

    It shows an answer over HTTP, which is one long line, in several shorter ones.
    """
    if command.line.startswith("curl "):
        return "".join(line.strip() for line in command.output)
    return "\n".join(command.output)
