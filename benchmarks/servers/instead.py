"""Another application on the very server of `allocation serve`."""

from collections.abc import Callable
from typing import Any
from unittest import mock

from allocation.entrypoints.cli import main
from allocation.entrypoints.http import server

Asgi = Callable[..., Any]


def serve_instead(application: Asgi) -> None:
    """Run `allocation serve` with this application in the place of ours.

    So that event loop, HTTP parser and all settings are the same by construction, also
    when ours change. If the command no longer calls `create_app`, this fails.
    """
    with mock.patch.object(server, "create_app", return_value=application):
        main()
