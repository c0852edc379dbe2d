"""Every command of the program, with all of its words."""

from collections.abc import Iterator

from allocation.entrypoints.cli.command_table import PANELS, CommandEntry, GroupEntry

ENTRIES = [entry for panel in PANELS.values() for entry in panel]
GROUPS = {entry.name: entry for entry in ENTRIES if isinstance(entry, GroupEntry)}


def _commands() -> Iterator[tuple[str, CommandEntry]]:
    for entry in ENTRIES:
        if isinstance(entry, CommandEntry):
            yield entry.name, entry
        else:
            yield from ((f"{entry.name} {each.name}", each) for each in entry.commands)


COMMANDS = dict(_commands())
