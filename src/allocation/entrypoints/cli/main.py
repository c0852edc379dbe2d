"""The command `allocation`."""

import sys
from collections.abc import Callable

import typer

from allocation.entrypoints.cli.command_group import RootGroup
from allocation.entrypoints.cli.exit_codes import MEANINGS, ExitCode
from allocation.entrypoints.cli.verbosity import (
    QuietOption,
    VerboseOption,
    Verbosity,
    set_verbosity,
)
from allocation.entrypoints.cli.version import VersionOption

app = typer.Typer(
    name="allocation",
    cls=RootGroup,
    help="Allocates stock to order lines, and reallocates it when reality changes.",
    epilog=f"Exit codes: {'; '.join(f'{code.value} {means}' for code, means in MEANINGS.items())}.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _root(
    _version: VersionOption = False, _quiet: QuietOption = False, _verbose: VerboseOption = False
) -> None:
    """Options of all commands, which their callbacks handle."""


def main() -> None:
    """Run the command; see `run`."""
    set_verbosity(Verbosity.NORMAL)
    run(app)


def run(command: Callable[[], object]) -> None:
    """Run a command; report an error on standard error, and exit with its code.

    An expected error is one line, a bug a traceback; `ExitCode` has the codes.
    """
    try:
        command()
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except Exception as error:
        # Imported here because it takes time, and most commands end well.
        from allocation.entrypoints.cli.error_exit import end  # noqa: PLC0415

        end(error)
