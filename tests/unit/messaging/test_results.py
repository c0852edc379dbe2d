"""A first answer is what its repeat is: the log gives results and refusals back as they were."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

import pytest

from allocation.domain.errors import InvalidValue, Refusal
from allocation.domain.events import AllocationRequired
from allocation.messaging.bus import Results
from allocation.messaging.errors import HandlerFailed, UnrecordableResult
from allocation.messaging.log import Answer
from allocation.messaging.ports import Store
from allocation.service_layer.messagebus import REGISTRY
from tests.support.builders import a_line, an_allocation
from tests.support.clock import Ids, VirtualClock
from tests.support.processors import a_processor
from tests.support.registries import handled_by
from tests.support.storages import Storage, memory_store


def told_by(store: Store, act: Callable[[], object]) -> Answer:
    """What is answered to a message whose handler does this, in a process of its own."""
    processor = a_processor(
        store,
        handled_by(REGISTRY, AllocationRequired, lambda _event, _uow: act()),
        Refusal,
        clock=VirtualClock(),
        new_id=Ids(),
    )
    return processor.process([processor.envelope(an_allocation("o1"), "m1")])[0]


class Ref(str):
    """A text, and yet something else."""


AS_THEY_ARE: list[Any] = [
    *(None, True, 1, -(2**70), 1.5, "b1", "Löt"),
    *([], ["o1", None], {"moved": [{"qty": 3}]}, [[1], [2.5, [True]]]),
]
OTHERS: list[Any] = [
    *(("o1",), ["o1", ("o2",)], {1: "o1"}, {"o1"}, frozenset({"o1"})),
    *(a_line(), [a_line()], date(2030, 1, 1), b"b1", NotImplemented, Ref("b1"), {"a": b"b"}),
    *(float("nan"), float("inf"), [float("-inf")], Results(["b1"])),
]


def types_in(value: object) -> object:
    """The types of a value, all the way down."""
    if isinstance(value, list | tuple):
        return type(value), [types_in(one) for one in value]
    if isinstance(value, dict):
        return dict, {key: types_in(one) for key, one in value.items()}
    return type(value)


@pytest.mark.parametrize("returned", AS_THEY_ARE, ids=repr)
def test_the_repeat_of_an_answer_is_the_same_and_of_the_same_types(
    storage: Storage, returned: object
) -> None:
    first, again = (told_by(storage.store(), lambda: returned) for _ in range(2))
    assert (first.repeated, again.repeated) == (False, True)
    assert first.result == again.result == returned
    assert types_in(first.results) == types_in(again.results)


@pytest.mark.parametrize("returned", OTHERS, ids=repr)
def test_a_result_that_the_log_cannot_give_back_is_refused(returned: object) -> None:
    store = memory_store()
    answer = told_by(store, lambda: returned)
    assert isinstance(answer.error, HandlerFailed)
    assert isinstance(answer.error.__cause__, UnrecordableResult)
    assert type(returned).__name__ in str(answer.error) or "float" in str(answer.error)
    assert store.memory.entries == {}, "nothing of it is kept"


def refusing(refusal: Refusal) -> Callable[[], object]:
    """A handler that refuses."""

    def refuse() -> None:
        raise refusal

    return refuse


REFUSED_VALUES: list[Any] = [
    *(None, True, 7, 2**70, 1.5, "x", Ref("x"), "", date(2030, 1, 1), float("nan")),
    *(a_line(), [1, "a"], {"a": (1,)}, {1, 2}, b"b", NotImplemented),
]


@pytest.mark.parametrize("value", REFUSED_VALUES, ids=repr)
def test_a_repeated_refusal_has_the_same_text_and_details(storage: Storage, value: object) -> None:
    refuse = refusing(InvalidValue("qty", value, "cannot be"))
    first, again = (told_by(storage.store(), refuse).error for _ in range(2))
    assert isinstance(first, InvalidValue)
    assert isinstance(again, InvalidValue)
    assert str(first) == str(again)
    assert asdict(first) == asdict(again)
    assert type(first.value) is type(again.value)
