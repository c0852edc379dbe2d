"""The chapter's loop: queue -> handlers -> new events -> queue."""

from collections.abc import Callable, Sequence

import pytest

from allocation.messaging.bus import MessageBus, Results


class Desk:
    """A unit of work: what is raised on it is collected once."""

    def __init__(self) -> None:
        self.handled: list[str] = []
        self._raised: list[object] = []

    def raise_(self, *messages: object) -> None:
        self._raised.extend(messages)

    def collect_new_events(self) -> Sequence[object]:
        raised, self._raised = self._raised, []
        return raised


Handle = Callable[[str, Desk], object]


def naming(*follow_ups: object, to: str = "", error: Exception | None = None) -> Handle:
    """A handler that notes what it handles, raises these messages, and may then fail."""

    def handler(message: object, desk: Desk) -> str:
        desk.raise_(*follow_ups)
        if error is not None:
            raise error
        desk.handled.append(f"{type(message).__name__}{to}")
        return f"{type(message).__name__}{to}"

    return handler


def test_events_are_handled_in_the_order_in_which_they_were_raised() -> None:
    desk = Desk()
    bus = MessageBus({str: [naming(1, 2.0)], int: [naming(b"")], float: [naming()], bytes: []})
    bus.handle("", desk)
    assert desk.handled == ["str", "int", "float"]


def test_a_message_goes_to_all_of_its_handlers_and_the_results_come_root_first() -> None:
    bus = MessageBus({str: [naming(1, to="1"), naming(to="2")], int: [naming()]})
    assert bus.handle("", Desk()) == ["str1", "str2", "int"]


class TestAFailingHandler:
    def test_affects_no_other_handler_and_keeps_its_committed_events(self) -> None:
        desk, error = Desk(), KeyError("a")
        bus = MessageBus(
            {
                str: [naming(1, 2.0)],
                int: [naming(b"", error=error), naming()],
                float: [naming()],
                bytes: [naming()],
            }
        )
        with pytest.raises(KeyError) as raised:
            bus.handle("", desk)
        assert raised.value is error
        assert desk.handled == ["str", "int", "float", "bytes"]

    def test_and_another_one_are_raised_as_a_group(self) -> None:
        first, second = KeyError("a"), OSError("b")
        bus = MessageBus({str: [naming(1, error=first)], int: [naming(error=second)]})
        with pytest.raises(ExceptionGroup) as raised:
            bus.handle("", Desk())
        assert raised.value.exceptions == (first, second)


class TestResults:
    def test_are_the_one_of_the_first_handler_to_anything_but_a_list(self) -> None:
        assert Results(["batch1", "other"]) == "batch1"
        assert Results(["batch1", "other"]) != "other"
        assert not Results(["batch1", "other"]) != "batch1"  # noqa: SIM202 - what is tested
        assert Results([None]) == None  # noqa: E711 - the comparison is what is tested

    def test_are_a_list_to_a_list(self) -> None:
        assert Results(["a", "b"]) == ["a", "b"]
        assert Results(["a", "b"]) != ["a"]
        assert Results(["a"]) == Results(["a"])
        assert Results(["a", "b"]).pop(0) == "a"

    def test_of_nothing_equal_nothing_but_an_empty_list(self) -> None:
        assert Results() == []
        assert Results() != "batch1"
        assert Results() != None  # noqa: E711 - the comparison is what is tested
