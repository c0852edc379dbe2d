"""`allocation tick`: the daily jobs, for cron."""

from allocation.entrypoints.cli import outbox
from allocation.entrypoints.cli.console import DatabaseOption, application, counted, out
from allocation.entrypoints.users import command_sender


def tick(database: DatabaseOption = None) -> None:
    """Do the daily jobs: report shipments that are overdue.

    A server does this itself; run it once a day by cron if no server runs. Running it again on the
    same day changes nothing.
    """
    with application(database) as parts:
        reported = sum(parts.overdue.report(command_sender()))
        out.print(f"{counted(reported, 'overdue shipment', 'overdue shipments')}")
        outbox.send(parts)
