"""The chapter's loop: queue -> handlers -> new events -> queue."""

from collections.abc import Callable, Sequence

import pytest

from allocation.messaging.bus import FakeMessageBus, MessageBus, Results


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


def naming(*follow_ups: object, to: str = "") -> Handle:
    """A handler that notes what it handles, and raises these messages."""

    def handler(message: object, desk: Desk) -> str:
        desk.handled.append(f"{type(message).__name__}{to}")
        desk.raise_(*follow_ups)
        return f"{type(message).__name__}{to}"

    return handler


def failing(error: Exception, *follow_ups: object) -> Handle:
    def handler(message: object, desk: Desk) -> None:
        desk.raise_(*follow_ups)
        raise error

    return handler


def test_events_are_handled_in_the_order_in_which_they_were_raised() -> None:
    desk = Desk()
    bus = MessageBus(
        {str: [naming(1, 2.0)], int: [naming(b"")], float: [naming()], bytes: [naming()]}
    )
    bus.handle("", desk)
    assert desk.handled == ["str", "int", "float", "bytes"]


def test_the_results_come_root_first() -> None:
    bus = MessageBus({str: [naming(1, to="1"), naming(to="2")], int: [naming()]})
    assert bus.handle("", Desk()) == ["str1", "str2", "int"]


def test_a_message_goes_to_all_of_its_handlers() -> None:
    desk = Desk()
    MessageBus({str: [naming(to="1"), naming(to="2")]}).handle("", desk)
    assert desk.handled == ["str1", "str2"]


def test_a_fact_that_nobody_acts_on_is_fine() -> None:
    assert MessageBus({str: []}).handle("", Desk()) == []


class TestAFailingHandler:
    def test_a_failing_handler_does_not_affect_other_handlers(self) -> None:
        desk = Desk()
        bus = MessageBus(
            {
                str: [naming(1, 2.0)],
                int: [failing(KeyError("a")), naming()],
                float: [naming(b"")],
                bytes: [naming()],
            }
        )
        with pytest.raises(KeyError):
            bus.handle("", desk)
        assert desk.handled == ["str", "int", "float", "bytes"]

    def test_a_failing_handler_keeps_its_committed_events(self) -> None:
        desk = Desk()
        with pytest.raises(KeyError):
            MessageBus({str: [failing(KeyError(), 1)], int: [naming()]}).handle("", desk)
        assert desk.handled == ["int"]

    def test_a_single_error_is_raised_unchanged(self) -> None:
        error = KeyError("a")
        with pytest.raises(KeyError) as raised:
            MessageBus({str: [failing(error)]}).handle("", Desk())
        assert raised.value is error

    def test_several_errors_are_raised_as_a_group(self) -> None:
        first, second = KeyError("a"), OSError("b")
        bus = MessageBus({str: [failing(first, 1)], int: [failing(second)]})
        with pytest.raises(ExceptionGroup) as raised:
            bus.handle("", Desk())
        assert raised.value.exceptions == (first, second)


class TestResults:
    def test_the_result_is_that_of_the_first_handler(self) -> None:
        assert Results(["batch1", "other"]) == "batch1"
        assert Results(["batch1", "other"]) != "other"
        assert not Results(["batch1", "other"]) != "batch1"  # noqa: SIM202 - what is tested
        assert Results([None]) == None  # noqa: E711 - the comparison is what is tested

    def test_are_a_list_to_a_list(self) -> None:
        assert Results(["a", "b"]) == ["a", "b"]
        assert Results(["a", "b"]) != ["a"]
        assert Results(["a"]) == Results(["a"])

    def test_of_nothing_equal_nothing_but_an_empty_list(self) -> None:
        assert Results() == []
        assert Results() != "batch1"
        assert Results() != None  # noqa: E711 - the comparison is what is tested

    def test_can_be_popped(self) -> None:
        assert Results(["a", "b"]).pop(0) == "a"


class TestTheFakeBus:
    def test_handles_the_first_message_only_and_keeps_what_it_raises(self) -> None:
        desk, bus = Desk(), FakeMessageBus({str: [naming(1, 2.0)], int: [naming()]})
        assert bus.handle("", desk) == "str"
        assert desk.handled == ["str"]
        assert bus.events_published == [1, 2.0]


def test_a_subclass_may_bring_its_own_table() -> None:
    class Bus(MessageBus):
        HANDLERS = {str: [naming()]}  # noqa: RUF012 - as the chapter prints it

    assert Bus().handle("", Desk()) == "str"
    assert Bus({str: [naming(to="!")]}).handle("", Desk()) == "str!"
