"""The table of what an application does is whole, or it does not start."""

import pytest

from allocation.adapters.codec import MESSAGES
from allocation.messaging.errors import RegistryError
from allocation.messaging.registry import Registry
from allocation.service_layer import messagebus
from tests.support.toy_domain import REGISTRY, Letter, Note, Remark, post, write_down


def test_a_whole_table_passes() -> None:
    REGISTRY.check(REGISTRY.messages)


def test_a_message_without_a_handler_is_named() -> None:
    with pytest.raises(RegistryError, match="nothing handles Letter"):
        Registry(transactional={Note: [write_down]}).check([Note, Letter])


def test_an_empty_list_of_handlers_is_none() -> None:
    with pytest.raises(RegistryError, match="nothing handles Note"):
        Registry(transactional={Note: []}).check([Note])


@pytest.mark.parametrize(
    "registry",
    [
        Registry(transactional={Note: [write_down]}),
        Registry(transactional={}, outbox={Note: [write_down]}),
        Registry(transactional={}, recorded=frozenset({Note})),
    ],
    ids=["inside", "outside", "fact"],
)
def test_a_handler_without_a_message_is_named(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="Note has handlers, but there is no such message"):
        registry.check([])


@pytest.mark.parametrize(
    "registry",
    [
        Registry(transactional={Letter: [write_down]}, outbox={Letter: [post]}),
        Registry(transactional={Letter: [write_down]}, recorded=frozenset({Letter})),
        Registry(transactional={}, outbox={Letter: [post]}, recorded=frozenset({Letter})),
    ],
    ids=["inside and outside", "inside and a fact", "outside and a fact"],
)
def test_a_message_in_two_places_is_named(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="Letter stands in more than one place"):
        registry.check([Letter])


def test_a_table_knows_all_its_messages() -> None:
    registry = Registry({Note: [write_down]}, {Letter: [post]}, frozenset({Remark}))
    assert registry.messages == {Note, Letter, Remark}


def test_the_applications_own_table_is_whole() -> None:
    messagebus.REGISTRY.check(MESSAGES.values())


def test_the_chapters_table_holds_every_message_of_the_application() -> None:
    assert set(messagebus.HANDLERS) == set(MESSAGES.values())
