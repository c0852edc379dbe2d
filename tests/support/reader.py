"""A reader of the README, who types its commands."""

import io
import re
import shlex
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from string import Template
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


_ASSIGNMENT: Final = re.compile(r"(?P<name>[A-Z]+)=\$\((?P<command>.*)\)")


class Reader:
    """Somebody in the root of a clone, where a server may run; they see standard output."""

    def __init__(self, folder: Path, address: str = "") -> None:
        self._folder = folder
        self.address = address
        self._variables: dict[str, str] = {}

    def type(self, command: Command) -> str:
        """What the command prints, without blanks at the ends of lines.

        `NAME=$(COMMAND)` keeps what is printed as a variable, for the commands after it.
        """
        if assignment := _ASSIGNMENT.fullmatch(command.line):
            printed = self.type(Command(assignment["command"]))
            self._variables[assignment["name"]] = printed.splitlines()[-1]
            return ""
        line = Template(command.line).safe_substitute(self._variables)
        stdin = "".join(f"{line}\n" for line in command.stdin)
        printed = self._run(shlex.split(line, comments=True), stdin)
        return "\n".join(line.rstrip() for line in printed.splitlines())

    def _run(self, words: list[str], stdin: str) -> str:
        match words:
            case ["curl", *arguments]:
                return self._curl(arguments, stdin)
            case [".venv/bin/allocation", *arguments]:
                given = io.TextIOWrapper(io.BytesIO(stdin.encode()))
                with mock.patch.object(sys, "stdin", given):
                    return allocation_here(*arguments, cwd=self._folder).stdout
            case ["cat", ">", file]:
                (self._folder / file).write_text(stdin, encoding="utf-8")
                return ""
        return subprocess.run(
            words, cwd=self._folder, capture_output=True, text=True, timeout=60, check=True
        ).stdout

    def _curl(self, words: list[str], stdin: str) -> str:
        curl = ArgumentParser("curl", exit_on_error=False)
        curl.add_argument("address")
        curl.add_argument("-d", "--data-binary", dest="body")
        curl.add_argument("-H", dest="headers", action="append", default=[])
        asked = curl.parse_args(words)
        assert asked.address.startswith(f"{ADDRESS}/")
        address = self.address + asked.address.removeprefix(ADDRESS)
        headers = dict(header.split(": ", 1) for header in asked.headers)
        body = stdin if asked.body == "@-" else asked.body
        if body is None:
            return httpx.get(address, headers=headers).text
        return httpx.post(address, content=body, headers=_CURL_HEADERS | headers).text


def as_printed(command: Command) -> str:
    """What the README says that the command prints.

    It shows an answer over HTTP, which is one long line, in several shorter ones.
    """
    if command.line.startswith("curl "):
        return "".join(line.strip() for line in command.output)
    return "\n".join(command.output)
