"""How long to wait before the next attempt."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    """Twice as long after every failure, from `first` up to `longest`."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=5)

    def after(self, attempts: int) -> timedelta:
        """The pause after this many failed attempts, the last included."""
        doublings = min(max(attempts - 1, 0), 30)
        return min(self.first * (1 << doublings), self.longest)
