"""The table of what an application does is whole, or it does not start."""

import pytest

from allocation.adapters.codec import MESSAGES
from allocation.messaging.catalogue import Catalogue
from allocation.messaging.errors import CatalogueError
from allocation.service_layer import messagebus
from tests.support.notebook import CATALOGUE, Letter, Note, Remark, post, write_down


def test_a_whole_table_passes() -> None:
    CATALOGUE.check(CATALOGUE.messages)


def test_a_message_without_a_handler_is_named() -> None:
    with pytest.raises(CatalogueError, match="nothing handles Letter"):
        Catalogue(inside={Note: [write_down]}).check([Note, Letter])


def test_an_empty_list_of_handlers_is_none() -> None:
    with pytest.raises(CatalogueError, match="nothing handles Note"):
        Catalogue(inside={Note: []}).check([Note])


@pytest.mark.parametrize(
    "catalogue",
    [
        Catalogue(inside={Note: [write_down]}),
        Catalogue(inside={}, outside={Note: [write_down]}),
        Catalogue(inside={}, facts=frozenset({Note})),
    ],
    ids=["inside", "outside", "fact"],
)
def test_a_handler_without_a_message_is_named(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueError, match="Note has handlers, but there is no such message"):
        catalogue.check([])


@pytest.mark.parametrize(
    "catalogue",
    [
        Catalogue(inside={Letter: [write_down]}, outside={Letter: [post]}),
        Catalogue(inside={Letter: [write_down]}, facts=frozenset({Letter})),
        Catalogue(inside={}, outside={Letter: [post]}, facts=frozenset({Letter})),
    ],
    ids=["inside and outside", "inside and a fact", "outside and a fact"],
)
def test_a_message_in_two_places_is_named(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueError, match="Letter stands in more than one place"):
        catalogue.check([Letter])


def test_a_table_knows_all_its_messages() -> None:
    catalogue = Catalogue({Note: [write_down]}, {Letter: [post]}, frozenset({Remark}))
    assert catalogue.messages == {Note, Letter, Remark}


def test_the_applications_own_table_is_whole() -> None:
    messagebus.CATALOGUE.check(MESSAGES.values())


def test_the_chapters_table_holds_every_message_of_the_application() -> None:
    assert set(messagebus.HANDLERS) == set(MESSAGES.values())
