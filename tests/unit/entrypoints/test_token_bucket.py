"""A token bucket allows a burst and then a steady rate, for a bounded number of names."""

from allocation.entrypoints.http.access.token_bucket import TokenBucket, TokenBuckets


def test_a_bucket_allows_a_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(rate=2, burst=3, now=0.0)

    assert [bucket.take(0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert [bucket.take(1.0) for _ in range(3)] == [0.0, 0.0, 0.5]


def test_a_bucket_that_rests_is_full_and_not_fuller() -> None:
    bucket = TokenBucket(rate=2, burst=3, now=0.0)

    assert [bucket.take(100.0) == 0.0 for _ in range(4)] == [True, True, True, False]


def test_a_token_that_is_put_back_can_be_taken_again() -> None:
    bucket = TokenBucket(rate=1, burst=1, now=0.0)
    bucket.take(0.0)
    bucket.put_back()

    assert bucket.take(0.0) == 0.0


def test_the_number_of_buckets_is_bounded() -> None:
    buckets = TokenBuckets(rate=1, burst=1, most=2)
    for name in ("a", "b", "c"):
        buckets.bucket(name, 0.0).take(0.0)

    assert len(buckets) == 2
    assert buckets.bucket("c", 0.0).take(0.0) > 0
