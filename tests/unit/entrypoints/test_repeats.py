"""Of lines that say the same, one is written, and how many there were."""

import logging
from collections.abc import Iterator

import pytest

from allocation.entrypoints.repeats import QUIET, RepeatFilter


class Lines(logging.Handler):
    """What is written, with the number of those left out before it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.addFilter(RepeatFilter(lambda: self.now))
        self.written: list[tuple[str, int]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append((record.getMessage(), getattr(record, "repeated", 0)))


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def logger(lines: Lines) -> Iterator[logging.Logger]:
    logger = logging.getLogger("tests.repeats")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.addHandler(lines)
    yield logger
    logger.removeHandler(lines)
    logger.propagate = True


def test_a_trouble_that_many_meet_is_one_line(logger: logging.Logger, lines: Lines) -> None:
    for number in range(1720):
        logger.warning("message %d could not be sent", number, extra={"cause": "nobody listens"})
    lines.now = QUIET
    logger.warning("message %d could not be sent", 1720, extra={"cause": "nobody listens"})
    assert lines.written == [
        ("message 0 could not be sent", 0),
        ("message 1720 could not be sent", 1719),
    ]


def test_another_cause_is_another_trouble(logger: logging.Logger, lines: Lines) -> None:
    for error in (ValueError("a"), ValueError("b"), KeyError("a"), ValueError("a")):
        logger.error("a group failed", exc_info=error)
    logger.warning("could not be sent", extra={"cause": "nobody listens"})
    logger.warning("could not be sent", extra={"cause": "no such address"})
    assert len(lines.written) == 5


def test_two_faults_of_the_same_words_are_two(logger: logging.Logger, lines: Lines) -> None:
    def fail_here() -> None:
        raise KeyError("id")

    def fail_there() -> None:
        raise KeyError("id")

    for act in (fail_here, fail_there, fail_here):
        try:
            act()
        except KeyError as error:
            logger.error("%s failed", "a request", exc_info=error)
    assert len(lines.written) == 2


def test_lines_of_other_words_are_written_each(logger: logging.Logger, lines: Lines) -> None:
    for name in ("a", "b", "a"):
        logger.warning("%s is called otherwise now", name)
    assert [line for line, _ in lines.written] == [
        "a is called otherwise now",
        "b is called otherwise now",
    ]


def test_records_below_warning_are_written_every_time(logger: logging.Logger, lines: Lines) -> None:
    for _ in range(3):
        logger.info("e-mail to %s", "somebody")
    assert len(lines.written) == 3
