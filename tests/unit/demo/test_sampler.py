"""Random choices from a seed."""

from allocation.demo.sampler import Sampler


def test_a_sampler_makes_the_same_choices_for_the_same_seed() -> None:
    first, second = Sampler(3), Sampler(3)

    assert [first.between(0, 1) for _ in range(9)] == [second.between(0, 1) for _ in range(9)]


def test_a_sampler_chooses_early_items_most_often() -> None:
    sampler = Sampler(3)
    chosen = [sampler.early_one_of("abcd") for _ in range(400)]

    assert sorted("abcd", key=chosen.count, reverse=True) == ["a", "b", "c", "d"]


def test_a_sampler_stays_between_the_limits() -> None:
    sampler = Sampler(3)

    assert all(2 <= sampler.between(2, 5) < 5 for _ in range(400))
    assert not any(sampler.happens(0) for _ in range(400))
    assert all(sampler.happens(1) for _ in range(400))
