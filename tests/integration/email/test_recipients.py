"""Who a mail goes to and comes from: several, with their names, in any script; some refused."""

from typing import Any, Final

import pytest

from allocation.adapters import email
from allocation.bootstrap import Application, bootstrap
from allocation.config import Settings
from allocation.domain.news import Notification
from allocation.messaging.errors import DeliveryRefused
from tests.integration.email.conftest import LAMPS_RUN_OUT
from tests.support.clock import VirtualClock
from tests.support.ledger import read_ledger
from tests.support.mail import MailServer

TEXT: Final = "Out of stock for LAMP"
ANN: Final = "ann@shop.example"
BEN: Final = "ben@shop.example"
CAT: Final = "cat@shop.example"
PUNYCODE: Final = "einkauf@xn--mller-kva.example"
NO_SUCH: Final = "550 5.1.1 no such user"
NOT_NOW: Final = "451 4.7.1 come back later"


def read(server: MailServer, **variables: str) -> Settings:
    return Settings.read({**server.settings, **variables})


def send(settings: Settings) -> None:
    email.Mailer(settings.email).send("buyers", Notification(TEXT, TEXT))


class TestNames:
    @pytest.mark.parametrize(
        ("address", "recipients", "shown"),
        [
            (f'Purchasing <{ANN}>, "Müller, Jörg" <{BEN}>, {CAT}', [ANN, BEN, CAT], None),
            ("einkauf@müller.example", [PUNYCODE], PUNYCODE),
            ("Jörg Müller <jörg@shop.example>", ["jörg@shop.example"], None),
        ],
    )
    def test_names_and_domains_of_any_script_are_sent_in_ascii_unless_a_mailbox_is_not(
        self, mail_server: MailServer, address: str, recipients: list[str], shown: str | None
    ) -> None:
        with mail_server.up() as inbox:
            send(read(mail_server, ALLOCATION_STOCK_EMAIL=address))
        assert inbox.recipients == [recipients]
        assert inbox.mails[0]["To"] == (shown or address)
        assert inbox.raw[0].isascii() == "".join(recipients).isascii()

    def test_a_sender_with_a_name(self, mail_server: MailServer) -> None:
        address = "Lager Süd <lager@shop.example>"
        with mail_server.up() as inbox:
            send(read(mail_server, ALLOCATION_SENDER_EMAIL=address))
        assert inbox.senders == ["lager@shop.example"]
        assert inbox.mails[0]["From"] == address

    def test_a_server_that_does_not_know_such_names_refuses_for_good(self) -> None:
        server = MailServer(enable_SMTPUTF8=False)
        settings = read(server, ALLOCATION_STOCK_EMAIL="jörg@shop.example")
        with server.up(), pytest.raises(DeliveryRefused, match="SMTPUTF8"):
            send(settings)


@pytest.fixture
def settings(sqlite_url: str, mail_server: MailServer) -> Settings:
    """Of a shop in which three are to be told."""
    return read(
        mail_server,
        ALLOCATION_DATABASE_URL=sqlite_url,
        ALLOCATION_STOCK_EMAIL=f"{ANN}, {BEN}, {CAT}",
    )


def the_mail(url: str) -> dict[str, Any]:
    (row,) = [row for row in read_ledger(url).messages if row["type"] == "Digest"]
    return dict(row)


def attempt_twenty_times(shop: Application, clock: VirtualClock, url: str) -> None:
    for _ in range(20):
        shop.relay.run()
        clock.now = the_mail(url)["due"]


def until_given_up(shop: Application, clock: VirtualClock, url: str) -> float:
    """Let the relay run until the mail is a dead letter; the minutes that it took."""
    began = clock.now
    for _ in range(10):
        assert shop.relay.run() == 0
        mail = the_mail(url)
        if mail["status"] == "dead":
            return (clock.now - began).total_seconds() / 60
        clock.now = mail["due"]
    raise AssertionError("it is not given up")


class TestSomeRefused:
    """Of three recipients."""

    def test_accepted_recipients_get_one_mail_and_refused_ones_are_retried(
        self, shop: Application, mail_server: MailServer, clock: VirtualClock, sqlite_url: str
    ) -> None:
        with mail_server.up() as inbox:
            inbox.unknown = {BEN: NOT_NOW}
            assert shop.relay.run() == 0
            mail = the_mail(sqlite_url)
            assert (mail["status"], mail["attempts"]) == ("outgoing", 1)
            assert f"{BEN}: {NOT_NOW} (taken by {ANN}, {CAT})" in mail["error"]

            inbox.unknown = {}
            clock.go_on(seconds=1)
            assert shop.relay.run() == 1
        assert inbox.recipients == [[ANN, CAT], [BEN]]
        first, second = inbox.mails
        assert first["Message-ID"] == second["Message-ID"]
        assert first["To"] == second["To"] == f"{ANN}, {BEN}, {CAT}"

    def test_a_process_that_was_started_anew_tells_all_again(
        self,
        shop: Application,
        mail_server: MailServer,
        clock: VirtualClock,
        settings: Settings,
    ) -> None:
        """At least once; each can drop it by its Message-ID."""
        with mail_server.up() as inbox:
            inbox.unknown = {BEN: NOT_NOW}
            shop.relay.run()
            inbox.unknown = {}
            clock.go_on(seconds=1)
            restarted = bootstrap(settings, clock=clock)
            assert restarted.relay.run() == 1
            restarted.close()
        assert inbox.recipients == [[ANN, CAT], [ANN, BEN, CAT]]

    def test_a_permanent_refusal_makes_a_dead_letter_with_recipient_and_reason(
        self, shop: Application, mail_server: MailServer, clock: VirtualClock, sqlite_url: str
    ) -> None:
        with mail_server.up() as inbox:
            inbox.unknown = {BEN: NO_SUCH}
            until_given_up(shop, clock, sqlite_url)
            assert inbox.recipients == [[ANN, CAT]]
            error = the_mail(sqlite_url)["error"]
            assert error.startswith("DeliveryRefused: 127.0.0.1:")
            assert f"{BEN}: {NO_SUCH}" in error

            inbox.unknown = {}
            shop.dead_letters.replay(the_mail(sqlite_url)["id"])
            assert shop.relay.run() == 1
        assert inbox.recipients == [[ANN, CAT], [BEN]]


class TestRefusedForGood:
    """A few attempts, and it is a dead letter; others go on for a day."""

    @pytest.mark.parametrize(
        "refusals",
        [{"unknown": dict.fromkeys((ANN, BEN, CAT), NO_SUCH)}, {"refusing": NO_SUCH}],
        ids=["recipients", "content"],
    )
    def test_a_mail_that_is_refused_is_a_dead_letter_after_some_minutes(
        self,
        shop: Application,
        mail_server: MailServer,
        clock: VirtualClock,
        sqlite_url: str,
        refusals: dict[str, Any],
    ) -> None:
        with mail_server.up() as inbox:
            vars(inbox).update(refusals)
            assert 10 < until_given_up(shop, clock, sqlite_url) < 20
        mail = the_mail(sqlite_url)
        assert mail["attempts"] == 5
        assert mail["error"].startswith("DeliveryRefused: ")
        assert NO_SUCH in mail["error"]

    def test_but_not_for_the_password(self, sqlite_url: str, clock: VirtualClock) -> None:
        server = MailServer("right", auth_require_tls=False)
        url = f"smtp://bob:wrong@127.0.0.1:{server.port}"
        address = {"ALLOCATION_DATABASE_URL": sqlite_url, "ALLOCATION_SMTP_URL": url}
        shop = bootstrap(read(server, **address), clock=clock)
        shop.handle_all(LAMPS_RUN_OUT)
        with server.up():
            attempt_twenty_times(shop, clock, sqlite_url)
        shop.close()
        mail = the_mail(sqlite_url)
        assert (mail["status"], mail["attempts"]) == ("outgoing", 20)
        assert "535" in mail["error"]
        assert "wrong" not in mail["error"]

    def test_but_not_at_the_first_refusals_after_an_hour_without_the_server(
        self, shop: Application, mail_server: MailServer, clock: VirtualClock, sqlite_url: str
    ) -> None:
        attempt_twenty_times(shop, clock, sqlite_url)
        with mail_server.up() as inbox:
            inbox.refusing = "554 5.3.0 just starting"
            shop.relay.run()
            assert the_mail(sqlite_url)["status"] == "outgoing"
            clock.now = the_mail(sqlite_url)["due"]
            shop.relay.run()
            assert the_mail(sqlite_url)["status"] == "outgoing", "the second in a row"
            clock.now = the_mail(sqlite_url)["due"]
            inbox.refusing = None
            assert shop.relay.run() == 1

    def test_a_mail_that_is_refused_for_now_is_no_dead_letter(
        self, shop: Application, mail_server: MailServer, clock: VirtualClock, sqlite_url: str
    ) -> None:
        with mail_server.up() as inbox:
            inbox.refusing = NOT_NOW
            attempt_twenty_times(shop, clock, sqlite_url)
        mail = the_mail(sqlite_url)
        assert (mail["status"], mail["attempts"]) == ("outgoing", 20)
