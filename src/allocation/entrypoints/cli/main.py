"""The command `allocation`, and its exit codes."""

import logging
import sys
from collections.abc import Callable
from typing import Any, Final

import typer

from allocation.entrypoints import logs
from allocation.entrypoints.cli import (
    access_keys,
    availability,
    backups,
    batches,
    dead_letters,
    explain,
    flow,
    interrupt,
    log,
    orders,
    send,
    serve,
    set_quantity,
    show,
    tick,
    verify,
)
from allocation.entrypoints.cli.console import SafeCommands, err, safe, single_line
from allocation.entrypoints.cli.demo import command as demo
from allocation.entrypoints.cli.exporting import commands as exporting
from allocation.entrypoints.cli.importing import commands as importing
from allocation.entrypoints.cli.listing import commands as listing
from allocation.errors import (
    EXPECTED,
    AccessError,
    Fault,
    NotDiscardable,
    Refusal,
    UnknownDeadLetter,
    WorkerFailed,
)

logger = logging.getLogger(__name__)

REFUSED: Final = 1
CANNOT: Final = 2
FAULT: Final = 70
"""An internal error, as in sysexits.h."""

app = typer.Typer(
    name="allocation",
    cls=SafeCommands,
    help="Allocates stock to order lines, and reallocates it when reality changes.",
    epilog=(
        "Exit codes: 0 success; 1 refused by the rules, or not found; 2 an invalid call, setting "
        "or file, or a database that cannot be used; 70 a bug of the program, with a traceback; "
        "130 interrupted, or not confirmed."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

STOCK: Final = "Stock"
ORDERS: Final = "Orders"
LOOKING: Final = "Looking"
OPERATION: Final = "Operation"

_WITH_NUMBER: Final = {"ignore_unknown_options": True}
"""A negative quantity is then reported as invalid instead of as an unknown option."""


def _add(panel: str, name: str, command: Callable[..., None], **settings: Any) -> None:
    app.command(name, rich_help_panel=panel, **settings)(command)


_add(STOCK, "set-quantity", set_quantity.set_quantity, context_settings=_WITH_NUMBER)
_add(STOCK, "set-eta", batches.set_eta)
_add(STOCK, "receive", batches.receive, context_settings=_WITH_NUMBER)
_add(STOCK, "block", batches.block)
_add(STOCK, "unblock", batches.unblock)
_add(STOCK, "cancel-batch", batches.cancel_batch)
_add(ORDERS, "ship", orders.ship)
_add(ORDERS, "unship", orders.unship)
_add(ORDERS, "change", orders.change_line, context_settings=_WITH_NUMBER)
_add(ORDERS, "cancel", orders.cancel)
_add(LOOKING, "availability", availability.availability)
_add(LOOKING, "explain", explain.explain)
_add(LOOKING, "verify", verify.verify)
_add(LOOKING, "flow", flow.flow)
_add(OPERATION, "serve", serve.serve)
_add(OPERATION, "send", send.send)
_add(OPERATION, "tick", tick.tick)
_add(OPERATION, "demo", demo.demo)
_add(OPERATION, "migrate", serve.migrate)
_add(OPERATION, "backup", backups.backup)
_add(OPERATION, "restore", backups.restore)
app.add_typer(listing.app, name="list", rich_help_panel=LOOKING)
app.add_typer(show.app, name="show", rich_help_panel=LOOKING)
app.add_typer(log.app, name="log", rich_help_panel=LOOKING)
app.add_typer(importing.app, name="import", rich_help_panel=OPERATION)
app.add_typer(exporting.app, name="export", rich_help_panel=OPERATION)
app.add_typer(dead_letters.app, name="dead-letters", rich_help_panel=OPERATION)
app.add_typer(access_keys.app, name="keys", rich_help_panel=OPERATION)


def main() -> None:
    """Run the command; see `run`."""
    logs.configure()
    run(app)


def run(command: Callable[[], object]) -> None:
    """Run a command; report an error on standard error, and exit with its code.

    An expected error is one line, a bug a traceback. Exit codes: 0 success, 1 refused by the rules
    or not found, 2 an invalid call, setting or file or an unusable database, 70 a bug, 130
    interrupted, or not confirmed.
    """
    try:
        command()
    except (Refusal, AccessError, UnknownDeadLetter, NotDiscardable) as refusal:
        _end(refusal, REFUSED)
    except WorkerFailed:  # logged by the worker
        sys.exit(FAULT)
    except Fault as fault:
        _report(fault)
    except EXPECTED as error:
        where = getattr(error, "where", None)
        _end(single_line(f"{where}: {error}" if where else error), CANNOT)
    except KeyboardInterrupt:
        sys.exit(interrupt.EXIT_CODE)
    except Exception as fault:
        _report(fault)


def _end(error: object, code: int) -> None:
    err.print(f"[red]error:[/] {safe(error)}")
    sys.exit(code)


def _report(fault: Exception) -> None:
    logger.critical("the command failed because of a bug", exc_info=fault)
    sys.exit(FAULT)
