"""The faults of a history and their moments, chosen by the seed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from allocation.messaging.errors import StoreUnavailable

MILD, HARSH = 0.01, 0.08
RATES: Final = (0.0, MILD, MILD, HARSH)
"""How often a kind of fault strikes where it can; one is drawn for each kind."""

BREAKING: Final = 0.15
"""So often that follow-ups wait for their next attempt, and others come first."""


class Killed(BaseException):
    """The process is no more; no handler of errors gets to see this."""


class Broken(Exception):
    """A fault of ours in a handler."""


@dataclass
class Faults:
    """Strikes at the places that processes pass by."""

    rng: Random
    tell: Callable[[str], None]
    on: bool = True
    errors: float = field(init=False)
    kills: float = field(init=False)
    unknown: float = field(init=False)
    overtaken: float = field(init=False)
    broken: float = field(init=False)
    unsent: float = field(init=False)
    taken: float = field(init=False)
    _turns: Random = field(init=False)

    def __post_init__(self) -> None:
        for kind in ("errors", "kills", "unknown", "overtaken"):
            setattr(self, kind, self.rng.choice(RATES))
        # Handlers that break make a history in which a plain oracle cannot tell the end.
        self.broken = self.rng.choice((0.0, 0.0, 0.0, MILD, BREAKING))
        self.unsent = self.rng.choice((0.0, 0.1, 0.5))
        # A stream of its own, so that the other faults strike as they do without this one.
        self._turns = Random()
        self._turns.setstate(self.rng.getstate())
        self.taken = self._turns.choice((0.0, 0.0, 0.9))

    def strikes(self, rate: float) -> bool:
        """Whether a fault of this rate strikes now."""
        return self.on and rate > 0 and self.rng.random() < rate

    def error_at(self, place: str) -> None:
        """The database is away."""
        self._fail(self.errors, f"error at {place}", StoreUnavailable(f"gone at {place}"))

    def unknown_after(self, place: str) -> None:
        """The commit is done, and its outcome unknown."""
        lost = StoreUnavailable(f"the connection was lost during {place}")
        self._fail(self.unknown, f"unknown outcome of {place}", lost)

    def backlog_taken(self) -> bool:
        """Whether another server has the backlog in hand, as can be on PostgreSQL."""
        return self.on and self._turns.random() < self.taken

    def unsent_at(self, place: str) -> None:
        """The mail server is away, or goes away before it has said that it has the mail."""
        self._fail(self.unsent, f"mail fails at {place}", OSError(place))

    def broken_at(self, place: str) -> None:
        """A handler breaks."""
        self._fail(self.broken, f"broken {place}", Broken(place))

    def _fail(self, rate: float, what: str, error: Exception) -> None:
        if self.strikes(rate):
            self.tell(what)
            raise error
