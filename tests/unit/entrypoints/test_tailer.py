"""The tailer of the feed tells of a database that it cannot read."""

import asyncio

import pytest

from allocation.entrypoints.http.feed.tailer import Tailer
from allocation.errors import StoreLost, StoreUnavailable
from allocation.views import FeedPortion, FeedProgress


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
