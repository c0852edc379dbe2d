"""The lifecycle of a worker: running, stopping, failed."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from allocation.messaging.errors import Fatal
from allocation.messaging.group import ENDING_ERRORS

logger = logging.getLogger(__name__)


class Lifecycle:
    """Whether a worker is stopping, and the error that ended it.

    A worker that fails stops by itself: `shut_down` is called, as by `stop`.
    """

    def __init__(self, shut_down: Callable[[], None]) -> None:
        self._shut_down = shut_down
        self.is_stopping = False
        """Whether the worker accepts no more messages."""
        self.failure: BaseException | None = None
        """The error that ended the worker before `stop` was called."""
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
        """Fail the worker if the block raises one of `ENDING_ERRORS`.

        Raises:
            Fatal: the process cannot continue.
            HandlerExited: a handler raised SystemExit or the like.
        """
        try:
            yield
        except ENDING_ERRORS as error:
            self.fail(error)
            raise

    @contextmanager
    def fails_on_any_error(self) -> Iterator[None]:
        """Fail the worker if the block raises any exception, which is suppressed."""
        try:
            yield
        except BaseException as error:
            self.fail(error)
