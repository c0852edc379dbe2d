"""Serves as `allocation serve` does, but a handler raises what no handler may.

    python outrageous.py DATABASE-URL NAME

Whoever asks for the order "outrage" meets the exception of that name.
"""

import builtins
import sys
from dataclasses import replace
from socket import create_server

from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired
from allocation.entrypoints import logs
from allocation.entrypoints.cli.main import run
from allocation.entrypoints.http import server
from allocation.messaging.registry import Registry
from allocation.service_layer import handlers
from allocation.service_layer.messagebus import REGISTRY
from allocation.service_layer.unit_of_work import AbstractUnitOfWork


def serve(url: str, name: str) -> None:
    """Until it is ended, or ends itself."""

    def allocate(event: AllocationRequired, uow: AbstractUnitOfWork) -> object:
        if event.orderid == "outrage":
            raise getattr(builtins, name)()
        return handlers.allocate(event, uow)

    entries = (
        replace(entry, handlers=(allocate,)) if entry.type is AllocationRequired else entry
        for entry in REGISTRY.entries
    )
    parts = bootstrap(Settings(url), registry=Registry(*entries))

    def tell(address: str) -> None:
        sys.stderr.write(f"Serving {parts.database.name} on http://{address} (API: /docs)\n")

    server.serve(parts, [create_server(("127.0.0.1", 0))], tell, server.Exposure(True))


if __name__ == "__main__":
    logs.configure()
    run(lambda: serve(*sys.argv[1:]))
