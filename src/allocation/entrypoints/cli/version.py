"""`allocation --version`."""

from typing import Annotated

import typer


def _print_versions(given: bool) -> None:
    if not given:
        return
    # Imported here because they take time, and all commands have this option.
    from allocation.bootstrap.versions import versions  # noqa: PLC0415
    from allocation.entrypoints.cli.console import out, safe, settings  # noqa: PLC0415

    used = versions(settings(None))
    out.print(f"allocation {used.allocation}")
    out.print(f"Python {used.python}")
    out.print(f"SQLite {used.sqlite}")
    out.print(f"PostgreSQL client {used.postgresql_client} (libpq)")
    if used.postgresql_server is not None:
        out.print(f"PostgreSQL server {safe(used.postgresql_server)}")
    raise typer.Exit


VersionOption = Annotated[
    bool,
    typer.Option(
        "--version",
        callback=_print_versions,
        expose_value=False,
        is_eager=True,
        help="Print the versions of the program, of Python, SQLite and PostgreSQL.",
    ),
]
