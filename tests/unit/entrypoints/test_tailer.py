"""The tailer of the feed tells of a database that it cannot read."""

import asyncio

import pytest

from allocation.entrypoints.http.feed.tailer import Tailer
from allocation.errors import StoreLost, StoreUnavailable
from allocation.views import FeedMessage, FeedPortion, FeedProgress, LogIdentity


@pytest.mark.parametrize("error", [StoreLost("it is gone"), StoreUnavailable("it is away")])
def test_a_database_that_is_gone_is_an_error_of_one_line(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def read(after: int | None) -> tuple[FeedProgress, FeedPortion]:
        raise error

    async def follow() -> None:
        tailer = Tailer(read, lambda: None)
        with tailer.used(), pytest.raises(type(error)):
            await tailer.refreshed(30)
        await tailer.stop()

    asyncio.run(follow())
    [record] = caplog.records
    assert record.getMessage() == f"the feed cannot be read: {error}"
    assert not record.exc_info


async def test_an_event_that_cannot_be_encoded_does_not_end_the_tailer() -> None:
    is_broken, log = True, LogIdentity("abc", 0)
    message = FeedMessage(1, "m1", "OutOfStock", "{}", "m1", None, "now", None, None, None, None)
    broken = message._replace(body=None)  # type: ignore[arg-type]

    async def read(after: int | None) -> tuple[FeedProgress, FeedPortion]:
        if after is None:
            return FeedProgress(0, 0, 0.0), FeedPortion((), 0, log)
        return FeedProgress(1, 1, 0.0), FeedPortion((broken if is_broken else message,), 1, log)

    tailer = Tailer(read, lambda: None)
    with tailer.used():
        await tailer.refreshed(30)
        with pytest.raises(AttributeError):
            await tailer.refreshed(30)
        is_broken = False
        await tailer.refreshed(30)
        assert tailer.tail is not None
        assert tailer.tail.end == 1
    await tailer.stop()
