"""What all requests to a server share: its application, and its worker."""

from typing import Any

from litestar import Request

from allocation.bootstrap import Application, Worker


def application_of(request: Request[Any, Any, Any]) -> Application:
    """The application that the server serves."""
    application: Application = request.app.state.application
    return application


def worker_of(request: Request[Any, Any, Any]) -> Worker:
    """The worker that handles the server's messages."""
    worker: Worker = request.app.state.worker
    return worker
