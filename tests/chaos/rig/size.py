"""How much of everything there is."""

from dataclasses import dataclass

from tests.chaos.rig.unfinished import TIMEOUT


@dataclass(frozen=True)
class Size:
    """All by one parameter: the number of kills and pauses. Under fifty, it is for CI."""

    events: int

    @property
    def is_full(self) -> bool:
        """Whether it may take minutes."""
        return self.events >= 50

    @property
    def callers(self) -> int:
        """Clients at the same time."""
        return 12 if self.is_full else 8

    @property
    def thinking(self) -> float:
        """Seconds, on average, that a caller takes between an answer and the next operation."""
        return 0.05

    @property
    def huge_lines(self) -> int:
        """Lines of the huge batches; more than the 256 messages of a group."""
        return 400 if self.is_full else 300

    @property
    def answers_between_faults(self) -> int:
        """Requests that must be answered before the next fault strikes."""
        return 40 if self.is_full else 20

    @property
    def let_time_pass_after(self) -> float:
        """Seconds after which what is left for later need not wait for its time.

        A mail that a killed server had in hand waits for two minutes, which CI has not.
        """
        return TIMEOUT if self.is_full else 5.0
