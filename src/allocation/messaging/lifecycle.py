"""The lifecycle of a worker: it runs, it stops, and it may fail."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from allocation.messaging.errors import Fatal
from allocation.messaging.group import ENDING

logger = logging.getLogger(__name__)


class Lifecycle:
    """Whether a worker is stopping, and the error that ended it.

    A worker that fails stops by itself: `shut_down` is called, as when it is asked to stop.
    """

    def __init__(self, shut_down: Callable[[], None]) -> None:
        self._shut_down = shut_down
        self.is_stopping = False
        """Whether the worker accepts no more messages."""
        self.failure: BaseException | None = None
        """The error that ended the worker before it was asked to stop."""
        self.on_failure: Callable[[], None] = lambda: None
        """Called once if the worker fails."""

    def stop(self) -> None:
        """Stop the worker; calling it again has no effect."""
        self.is_stopping = True
        self._shut_down()

    def fail(self, error: BaseException) -> None:
        """Stop the worker because of an error; the first one is logged."""
        if self.failure is None:
            self.failure = error
            traceback = None if isinstance(error, Fatal) else error
            logger.critical("the worker has failed: %s", error, exc_info=traceback)
            self.on_failure()
        self.stop()

    @contextmanager
    def fails_on_ending_errors(self) -> Iterator[None]:
        """Let the worker fail if the block raises an error after which no group can be handled.

        Raises:
            Fatal: the process cannot continue.
            HandlerExited: a handler raised SystemExit or the like.
        """
        try:
            yield
        except ENDING as error:
            self.fail(error)
            raise

    @contextmanager
    def fails_on_any_error(self) -> Iterator[None]:
        """Let the worker fail if the block raises anything, which is not raised further."""
        try:
            yield
        except BaseException as error:
            self.fail(error)
