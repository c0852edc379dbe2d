"""The command `allocation`, and how it ends."""

import sys
from typing import Final

import typer

from allocation.config import ConfigError
from allocation.entrypoints import logs
from allocation.entrypoints.cli import (
    backups,
    imports,
    interruption,
    letters,
    log,
    quantities,
    serving,
    shows,
)
from allocation.entrypoints.cli.console import err, safe
from allocation.errors import MessagingError, Refusal, StoreUnavailable, UnknownDeadLetter

REFUSED: Final = 1
CANNOT: Final = 2

app = typer.Typer(
    name="allocation",
    help="Promises stock to order lines, and keeps its promises when reality changes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serving.serve)
app.command("migrate")(serving.migrate)
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
# So that a negative quantity is refused by name, and not taken for an unknown option.
app.command("set-quantity", context_settings={"ignore_unknown_options": True})(
    quantities.set_quantity
)
app.add_typer(imports.app, name="import")
app.add_typer(shows.app, name="show")
app.add_typer(letters.app, name="dead-letters")
app.add_typer(log.app, name="log")


def main() -> None:
    """Run the command; an error is one line on standard error, and an exit code.

    0 is success, 1 a refusal by the rules, 2 a wrong call or setting or a database that
    cannot be used, 130 an interruption.
    """
    logs.configure()
    try:
        app()
    except (Refusal, UnknownDeadLetter) as refusal:
        _end(refusal, REFUSED)
    except StoreUnavailable as error:
        _end(f"{error.where}: {error}" if error.where else error, CANNOT)
    except OSError as error:
        _end(f"{error.filename}: {error.strerror}" if error.filename else error, CANNOT)
    except (ConfigError, MessagingError, ValueError) as error:
        _end(error, CANNOT)
    except KeyboardInterrupt:
        sys.exit(interruption.EXIT_CODE)


def _end(error: object, code: int) -> None:
    err.print(f"[red]error:[/] {safe(error)}")
    sys.exit(code)
