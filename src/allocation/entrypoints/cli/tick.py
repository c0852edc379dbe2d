"""`allocation tick`: the daily jobs, for cron."""

from allocation.entrypoints.cli import outbox
from allocation.entrypoints.cli.console import DatabaseOption, application, counted, out
from allocation.entrypoints.cli.raw_output import JsonOption, write_json
from allocation.entrypoints.users import command_sender


def tick(as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Do the daily jobs: report shipments that are overdue.

    A server does this itself; run it once a day by cron if no server runs. Running it again on the
    same day changes nothing.
    """
    with application(database) as parts:
        reported = sum(parts.overdue.report(command_sender()))
        if as_json:
            write_json({"overdue_shipments": reported})
        else:
            out.print(f"{counted(reported, 'overdue shipment', 'overdue shipments')}")
        outbox.send(parts)
