"""Keys that are not valid by the snapshot at hand: judged again, and limited by address."""

import time
from typing import Final

from allocation.access.keys import KeyText
from allocation.bootstrap import Clock
from allocation.entrypoints.http.access.key_ring import KeyRing
from allocation.entrypoints.http.access.snapshot import KeyOfCaller
from allocation.entrypoints.http.access.token_bucket import TokenBucket, TokenBuckets
from allocation.entrypoints.http.errors import InvalidKey, TooManyInvalidKeys

MOST_SOURCES: Final = 10_000
"""The maximum number of addresses whose invalid keys are counted."""


class InvalidKeys:
    """Judges keys that the current snapshot does not show to be valid.

    Such a key may be new, therefore the next snapshot decides. Every invalid key waits for it,
    whatever is wrong with it, so that the time of the response does not tell. An address with too
    many invalid keys waits for nothing, and does not make the service read the keys. A valid key
    of the same address is still served: otherwise anybody behind the same proxy could shut out all
    clients, and a secret of 256 bits cannot be guessed at any rate.
    """

    def __init__(self, ring: KeyRing, most: int, now: Clock) -> None:
        """`most` is the maximum number of invalid keys per minute and address."""
        self._ring: Final = ring
        self._now: Final = now
        self._buckets: Final = TokenBuckets(most / 60, most, MOST_SOURCES)

    def count(self, source: str) -> TokenBucket:
        """Count an invalid key of an address.

        Raises:
            TooManyInvalidKeys: there are too many.
        """
        now = time.monotonic()
        bucket = self._buckets.bucket(source, now)
        if pause := bucket.take(now):
            raise TooManyInvalidKeys("Too many invalid keys come from this address", pause=pause)
        return bucket

    async def judge(self, text: KeyText, source: str) -> KeyOfCaller:
        """The key that the text proves by the next snapshot.

        Raises:
            InvalidKey: it proves none, or one that is not valid any more.
            StoreUnavailable: the keys cannot be read now.
            TooManyInvalidKeys: too many invalid keys come from this address.
        """
        bucket = self.count(source)
        entry = (await self._ring.refreshed()).proven(text)
        if entry is None:
            raise InvalidKey("The key is not valid")
        if entry.key.revoked_at is not None:
            raise InvalidKey("The key has been revoked")
        if not entry.key.is_valid(self._now()):
            raise InvalidKey("The key has expired")
        bucket.put_back()
        return entry
