"""Several applications in one process share nothing but the code."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from examples.rooms.app import hotel, store_in
from examples.rooms.domain import BookingRequired, NightOpened, RoomBooked

from allocation.adapters.codec import MESSAGES, REFUSALS
from allocation.adapters.email import Mailer
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.codec import JsonCodec
from allocation.adapters.sql.store import SqlStore
from allocation.bootstrap import Application, bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated, OutOfStock
from allocation.messaging.deliveries import Delivery
from allocation.messaging.log import Status
from tests.support.clock import Ids, VirtualClock
from tests.support.groups import an_entry
from tests.support.ledger import read_ledger
from tests.support.mail import MailServer

ANN = "ann@shop.example"
BEN = "ben@shop.example"


PREFIX = "shop2's:%"
"""In a query it must be quoted."""


class PrefixedCodec(JsonCodec):
    """Messages that have other names in the log."""

    def __init__(self) -> None:
        super().__init__(MESSAGES.values(), REFUSALS.values())

    @property
    def types(self) -> Collection[str]:
        return {f"{PREFIX}{name}" for name in super().types}

    def encode_message(self, message: object) -> tuple[str, str]:
        name, body = super().encode_message(message)
        return f"{PREFIX}{name}", body

    def decode_message(self, name: str, body: str) -> object:
        return super().decode_message(name.removeprefix(PREFIX), body)


@pytest.fixture
def mail_servers() -> list[MailServer]:
    return [MailServer(), MailServer()]


@pytest.fixture
def shops(mail_servers: list[MailServer], tmp_path: Path) -> Iterator[list[Application]]:
    """Two shops with databases, buyers, mail servers and codecs of their own."""
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
    with ExitStack() as stack:
        other = stack.enter_context(closing(Database(settings[1].database_url)))
        yield [
            stack.enter_context(closing(bootstrap(settings[0]))),
            stack.enter_context(
                closing(bootstrap(settings[1], store=SqlStore(other, PrefixedCodec())))
            ),
        ]


def types_in(shop: Application) -> set[str]:
    return {row["type"] for row in read_ledger(str(shop.database.engine.url)).messages}


def test_each_shop_has_its_own_settings_and_codec(
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
    assert types_in(shops[0]) == {"BatchCreated", "AllocationRequired", "OutOfStock"}
    assert types_in(shops[1]) == {f"{PREFIX}{name}" for name in types_in(shops[0])}


def test_each_application_remembers_on_its_own_who_has_accepted_a_mail() -> None:
    """Their databases make the same ids, as after a restored copy."""
    server, refusal = MailServer(), "451 not now"
    settings = Settings.read(server.settings | {"ALLOCATION_STOCK_EMAIL": f"{ANN}, {BEN}"}).email
    mailers = [Mailer(settings), Mailer(settings)]
    delivery = Delivery.of(an_entry(OutOfStock("LAMP"), "m1", Status.OUTGOING), "mail")
    with server.up() as inbox:
        inbox.unknown = {BEN: refusal}
        for mailer in mailers:
            with pytest.raises(ConnectionError, match=refusal):
                mailer.send(mailer.recipients, "Out of stock for LAMP", delivery)
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
