"""How many answers there were, and how long they took."""

import time
from collections import Counter

from benchmarks.load.spec import Load, Tally


class Timings:
    """Counts what falls between the end of the warm-up and the end of the load."""

    def __init__(self, load: Load) -> None:
        self._cpu, self._begun = time.process_time(), time.perf_counter()
        self._expected = load.status
        self._latencies: list[float] = []
        self._answers = 0
        self.statuses: Counter[int] = Counter()
        self.start = self._last = self._begun + load.warm_up
        self.end = self.start + load.seconds

    def count(self, status: int, since: float, now: float, ordering_keys: float) -> None:
        """Take down an answer; whether it is counted is decided by where it belongs."""
        self._answers += 1
        if self.start <= ordering_keys <= self.end:
            self.statuses[status] += 1
            self._last = now
            if status == self._expected:
                self._latencies.append(now - since)

    def tally(self) -> Tally:
        """All of it."""
        used, passed = time.process_time() - self._cpu, time.perf_counter() - self._begun
        latencies = sorted(self._latencies)
        return Tally(
            seconds=self._last - self.start,
            statuses={status: n for status, n in self.statuses.items() if n},
            p50_ms=_quantile(latencies, 0.50),
            p99_ms=_quantile(latencies, 0.99),
            slowest_ms=_quantile(latencies, 1),
            answers_in_all=self._answers,
            client_cpu=used,
            client_busy=used / passed,
            status=self._expected,
        )


def _quantile(latencies: list[float], fraction: float) -> float:
    """Milliseconds within which this share was answered."""
    if not latencies:
        return 0.0
    return 1000 * latencies[min(len(latencies) - 1, int(fraction * len(latencies)))]
