"""Groups of commands that are imported when they are called, not before."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import typer
from rich.markup import escape
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from allocation.entrypoints.cli.command_table import PANELS, CommandEntry, Entry, GroupEntry
from allocation.entrypoints.cli.verbosity import QuietOption, VerboseOption
from allocation.entrypoints.visible import visible

_WITH_NUMBERS: Final = {"ignore_unknown_options": True}


class LazyGroup(TyperGroup):
    """Commands of the table, of which only the summaries are there until one is called."""

    def __init__(self, *, entries: Mapping[str, tuple[Entry, ...]], **attributes: Any) -> None:
        super().__init__(**attributes)
        self._entries = {each.name: each for panel in entries.values() for each in panel}
        for panel, listed in entries.items():
            for each in listed:
                self.add_command(
                    TyperCommand(each.name, help=escape(each.summary), rich_help_panel=panel)
                )

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The name, the command, which is imported now, and the remaining arguments."""
        name, command, remaining = super().resolve_command(ctx, args)
        entry = None if name is None else self._entries.get(name)
        return name, command if entry is None else loaded(entry), remaining


class RootGroup(LazyGroup):
    """All commands; control characters in usage errors, which quote the arguments, are escaped."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(entries=PANELS, **attributes)

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Parse the arguments before the command."""
        with _visible_errors():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with _visible_errors():
            return super().invoke(ctx)


def loaded(entry: Entry) -> Any:
    """The command or the group of an entry; a command is imported."""
    return _group(entry) if isinstance(entry, GroupEntry) else _command(entry)


def _group(entry: GroupEntry) -> LazyGroup:
    return LazyGroup(
        name=entry.name,
        entries={"Commands": entry.commands},
        help=escape(entry.summary),
        epilog=_epilog(entry),
        no_args_is_help=True,
    )


def _command(entry: CommandEntry) -> Any:
    holder = typer.Typer()
    holder.callback()(_common_options)
    holder.command(
        entry.name,
        epilog=_epilog(entry),
        context_settings=_WITH_NUMBERS if entry.has_numbers else None,
    )(entry.load())
    group = get_group(holder)
    command = group.commands[entry.name]
    command.params += group.params
    return command


def _common_options(_quiet: QuietOption = False, _verbose: VerboseOption = False) -> None:
    """Options of all commands, which their callbacks handle."""


def _epilog(entry: Entry) -> str:
    return "\n".join(["Examples:", *(f"$ {escape(each)}" for each in entry.examples)])


@contextmanager
def _visible_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if isinstance(message := getattr(error, "message", None), str):
            error.message = visible(message)  # type: ignore[attr-defined]  # checked above
        raise
