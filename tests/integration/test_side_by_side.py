"""Several applications in one process share nothing but the code."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from examples.rooms.app import hotel, store_in
from examples.rooms.domain import BookingRequired, NightOpened, RoomBooked

from allocation.adapters.email import Mailer
from allocation.adapters.sql.engine.database import Database
from allocation.bootstrap import Application, bootstrap
from allocation.config import Settings
from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    OutOfStock,
)
from allocation.domain.moves import Move
from allocation.domain.news import Notification
from allocation.messaging.deliveries import Delivery
from allocation.messaging.log import Status
from allocation.messaging.registry import Registry
from allocation.service_layer.messagebus import REGISTRY
from tests.support.clock import Ids, VirtualClock
from tests.support.groups import an_entry
from tests.support.ledger import read_ledger
from tests.support.mail import MailServer

ANN = "ann@shop.example"
BEN = "ben@shop.example"
PREFIX = "shop2's:%"
"""In a query it must be quoted."""

OTHER_NAMES = Registry(
    *(replace(entry, name=f"{PREFIX}{entry.name}") for entry in REGISTRY.entries)
)
"""The messages of the application, with other names in the log."""


@pytest.fixture
def mail_servers() -> list[MailServer]:
    return [MailServer(), MailServer()]


@pytest.fixture
def shops(mail_servers: list[MailServer], tmp_path: Path) -> Iterator[list[Application]]:
    """Two shops with databases, buyers, mail servers and registries of their own."""
    settings = [
        Settings.read(
            server.settings
            | {
                "ALLOCATION_DATABASE_URL": f"sqlite:///{tmp_path}/shop{number}.db",
                "ALLOCATION_STOCK_EMAIL": f"buyers@shop{number}.example",
            }
        )
        for number, server in enumerate(mail_servers, start=1)
    ]
    with (
        closing(bootstrap(settings[0])) as shop1,
        closing(bootstrap(settings[1], registry=OTHER_NAMES)) as shop2,
    ):
        yield [shop1, shop2]


def types_in(shop: Application) -> set[str]:
    return {row["type"] for row in read_ledger(str(shop.database.engine.url)).messages}


def test_each_shop_has_its_own_settings_and_registry(
    shops: list[Application], mail_servers: list[MailServer]
) -> None:
    for step in (BatchCreated("b1", "LAMP", 1), AllocationRequired("o1", "LAMP", 5)):
        assert [shop.handle(step).error for shop in shops] == [None, None]
    with mail_servers[0].up() as first, mail_servers[1].up() as second:
        assert [shop.relay.run() for shop in shops] == [1, 1]
    assert [first.recipients, second.recipients] == [
        [["buyers@shop1.example"]],
        [["buyers@shop2.example"]],
    ]
    assert types_in(shops[0]) == {
        *(
            "BatchCreated",
            "AllocationRequired",
            "Backordered",
            "OutOfStock",
            "Digest",
            "MessageHandled",
        )
    }
    assert types_in(shops[1]) == {f"{PREFIX}{name}" for name in types_in(shops[0])}


def test_the_check_of_the_log_and_the_moves_follow_the_names_of_each_registry(
    shops: list[Application],
) -> None:
    for shop in shops:
        shop.handle_all([BatchCreated("b1", "LAMP", 5), AllocationRequired("o1", "LAMP", 5)])
        shop.handle(BatchQuantityChanged("b1", 4), "correction")

        moves = shop.views.moves.summary("correction")
        assert moves.page.moves == [Move("o1", "LAMP", 5, "b1", None)]
        assert (moves.counts.deallocated, moves.counts.allocated) == (1, 0)
        assert shop.audit.run() == (1, [])


def test_each_application_remembers_on_its_own_who_has_accepted_a_mail() -> None:
    """Their databases make the same ids, as after a restored copy."""
    server, refusal = MailServer(), "451 not now"
    settings = Settings.read(server.settings | {"ALLOCATION_STOCK_EMAIL": f"{ANN}, {BEN}"}).email
    mailers = [Mailer(settings), Mailer(settings)]
    delivery = Delivery.of([an_entry(OutOfStock("LAMP"), "m1", Status.OUTGOING)], "mail")
    with server.up() as inbox:
        inbox.unknown = {BEN: refusal}
        for mailer in mailers:
            with pytest.raises(ConnectionError, match=refusal):
                mailer.send("buyers", Notification("Out of stock for LAMP", "LAMP"), delivery)
    assert inbox.recipients == [[ANN], [ANN]]


def test_a_hotel_runs_beside_a_shop(shops: list[Application], tmp_path: Path) -> None:
    confirmed: list[str] = []

    def confirm(event: RoomBooked, delivery: Delivery) -> None:
        confirmed.append(f"{event.guest} by {delivery.destination}")

    with closing(Database(f"sqlite:///{tmp_path}/hotel.db")) as database:
        rooms = hotel(store_in(database), confirm, VirtualClock(), Ids())
        processor = rooms.processor
        for message in (NightOpened("2030-05-01", 1), BookingRequired("ann", "2030-05-01")):
            [answer] = processor.process([processor.envelope(message)])
            assert answer.error is None
            assert shops[0].handle(BatchCreated("b1", "LAMP", 1)).error is None
        assert rooms.relay.run() == 1
    assert confirmed == ["ann by post"]
    assert types_in(shops[0]) == {"BatchCreated"}
