"""Token buckets, which limit the rate of what somebody does."""

from typing import Final


class TokenBucket:
    """Allows a burst, and after that a steady rate.

    The time is that of a monotonic clock, in seconds.
    """

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        """`rate` is the number of tokens per second, `burst` the number in a full bucket."""
        self._rate: Final = rate
        self._burst: Final = burst
        self._tokens = burst
        self._at = now

    def take(self, now: float) -> float:
        """Take a token; return 0, or the seconds until there is one, if there is none."""
        tokens = self._tokens + (now - self._at) * self._rate
        self._at = now
        tokens = min(tokens, self._burst)
        if tokens < 1:
            self._tokens = tokens
            return (1 - tokens) / self._rate
        self._tokens = tokens - 1
        return 0.0

    def put_back(self) -> None:
        """Return a token that was taken for nothing."""
        self._tokens += 1


class TokenBuckets:
    """A bucket for each name, of the names that came last."""

    def __init__(self, rate: float, burst: float, most: int) -> None:
        """`most` is the maximum number of buckets; a further one replaces that made first."""
        self._rate: Final = rate
        self._burst: Final = burst
        self._most: Final = most
        self._buckets = dict[str, TokenBucket]()

    def __len__(self) -> int:
        """The number of buckets."""
        return len(self._buckets)

    def bucket(self, name: str, now: float) -> TokenBucket:
        """The bucket with this name; a new one is full."""
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= self._most:
                del self._buckets[next(iter(self._buckets))]
            bucket = self._buckets[name] = TokenBucket(self._rate, self._burst, now)
        return bucket
