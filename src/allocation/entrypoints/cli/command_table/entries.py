"""The entries of the command table: a command, or a group of commands."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

_PACKAGE: Final = __name__.rpartition(".command_table")[0]


@dataclass(frozen=True)
class CommandEntry:
    """A command.

    Attributes:
        name: its last word.
        target: the function, as `module:function` within this package.
        summary: the first line of the function's documentation, for the help of its group.
        examples: calls of the command, for its own help.
        has_numbers: whether an argument is a number. A negative one is then reported as invalid
            instead of as an unknown option.
    """

    name: str
    target: str
    summary: str
    examples: tuple[str, ...]
    has_numbers: bool = False

    def load(self) -> Callable[..., Any]:
        """Import the function."""
        module, _, function = self.target.partition(":")
        loaded: Callable[..., Any] = getattr(import_module(f"{_PACKAGE}.{module}"), function)
        return loaded


@dataclass(frozen=True)
class GroupEntry:
    """A group of commands.

    Attributes:
        name: the word that its commands begin with.
        summary: what its commands are for, for its help; only the first paragraph is in the list
            of all commands.
        commands: its commands.
    """

    name: str
    summary: str
    commands: tuple[CommandEntry, ...]

    @property
    def examples(self) -> tuple[str, ...]:
        """One call of each command, for the help of the group."""
        return tuple(command.examples[0] for command in self.commands)


Entry = CommandEntry | GroupEntry
