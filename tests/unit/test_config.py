"""Settings from the environment: what they are, and which cannot be."""

from collections.abc import Iterator
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, reset_tzpath

import pytest

from allocation.config import (
    ConfigError,
    LimitSettings,
    SessionSettings,
    Settings,
    SmtpServer,
    Tls,
)


@pytest.mark.parametrize(
    ("value", "days"),
    [("1", 1), ("30", 30), ("36500", 36_500), (" 7 ", 7), ("007", 7), ("", None), ("  ", None)],
)
def test_the_days_to_keep_the_log(value: str, days: int | None) -> None:
    assert Settings.read({"ALLOCATION_KEEP_DAYS": value}).keep_days == days


@pytest.mark.parametrize(
    "value",
    ["0", "-1", "+1", "36501", "100000", "1.5", "1e2", "abc", "7 days", "\u0667", "1_0", "7\n8"],
)
def test_an_invalid_number_of_days_is_an_error_with_its_name(value: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Settings.read({"ALLOCATION_KEEP_DAYS": value})
    assert str(raised.value) == (
        f"ALLOCATION_KEEP_DAYS={value!r} is not a number of days from 1 to 36500"
    )


@pytest.mark.parametrize(("value", "split"), [("yes", True), (" No ", False), ("", False)])
def test_whether_lines_are_split(value: str, split: bool) -> None:
    assert Settings.read({"ALLOCATION_SPLIT_LINES": value}).split_lines is split


@pytest.mark.parametrize("value", ["1", "on", "yes please"])
def test_another_word_than_yes_or_no_is_an_error(value: str) -> None:
    with pytest.raises(
        ConfigError, match=f"ALLOCATION_SPLIT_LINES='{value}' is neither yes nor no"
    ):
        Settings.read({"ALLOCATION_SPLIT_LINES": value})


def recipients(value: str) -> list[str]:
    return [str(one) for one in Settings.read({"ALLOCATION_STOCK_EMAIL": value}).email.recipients]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("", []),
        ("buyers@shop.example", ["buyers@shop.example"]),
        (
            "Purchasing <buyers@shop.example>, b@shop.example",
            ["Purchasing <buyers@shop.example>", "b@shop.example"],
        ),
        ('"Müller, Jörg" <j@shop.example>', ['"Müller, Jörg" <j@shop.example>']),
        ("a@shop.example, a@shop.example,", ["a@shop.example"]),
        ("einkauf@müller.example", ["einkauf@xn--mller-kva.example"]),
        ("a@straße.example", ["a@xn--strae-oqa.example"]),
        ("jörg@shop.example", ["jörg@shop.example"]),
        ("a@[192.0.2.1]", ["a@[192.0.2.1]"]),
    ],
)
def test_the_recipients_of_mails_are_read(value: str, read: list[str]) -> None:
    assert recipients(value) == read


@pytest.mark.parametrize(
    "value",
    [
        *("buyers", "a@b@c", "a@b.c; d@e.f", "a@", "@b", "a b@c.d", "a@b c", "a@b.c d@e.f"),
        *("Team: a@b.c, d@e.f;", "Müller, Jörg <j@x.example>", "a@b.c\r\nBcc: d@e.f", "A <a@b> x"),
        *("a@-ü.example", "a@a_ü.example", "a@" + "ü" * 64 + ".example"),
    ],
)
@pytest.mark.parametrize("variable", ["ALLOCATION_STOCK_EMAIL", "ALLOCATION_SENDER_EMAIL"])
def test_an_invalid_address_is_an_error_with_its_name(variable: str, value: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Settings.read({variable: value})
    assert str(refused.value).startswith(f"{variable}={value!r} ")
    assert refused.value.code == "invalid_setting"


def test_there_is_one_sender() -> None:
    variable = "ALLOCATION_SENDER_EMAIL"
    assert str(Settings.read({variable: "Lager <a@b.c>"}).email.sender) == "Lager <a@b.c>"
    with pytest.raises(ConfigError, match="is not one e-mail address"):
        Settings.read({variable: "a@b.c, d@e.f"})


def smtp(url: str) -> SmtpServer:
    server = Settings.read({"ALLOCATION_SMTP_URL": url}).email.server
    assert server is not None
    return server


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("smtp://mail.example", SmtpServer("mail.example")),
        ("smtp://mail.example:587?tls=required", SmtpServer("mail.example", 587, tls=Tls.REQUIRED)),
        ("smtp://mail.example?tls=off", SmtpServer("mail.example", tls=Tls.OFF)),
        ("smtps://mail.example", SmtpServer("mail.example", 465, implicit_tls=True)),
        (
            "smtps://mail.example?tls=unverified",
            SmtpServer("mail.example", 465, implicit_tls=True, tls=Tls.UNVERIFIED),
        ),
        ("smtp://bob:pa%C3%AFn@mail.example", SmtpServer("mail.example", 25, "bob", "païn")),
        ("smtp://bob:païn@mail.example", SmtpServer("mail.example", 25, "bob", "païn")),
        ("smtp://mail.müller.example", SmtpServer("mail.xn--mller-kva.example")),
    ],
)
def test_a_mail_server(url: str, read: SmtpServer) -> None:
    assert smtp(url) == read


@pytest.mark.parametrize(
    "url",
    [
        *("smtp://mail.example?tls=", "smtp://mail.example?tls=maybe", "smtp://mail.example?tls"),
        *("smtps://mail.example?tls=off", "smtp://mail.example?tls=off&tls=off"),
        *("smtp://mail.example?starttls=off", "smtp://bob:pa%EFn@mail.example"),
        *("smtp://bob:%00@mail.example", "smtp://mail.-ü.example"),
        *("http://mail", "smtp://", "smtp://host:port", "mail"),
        *("smtp://host/path", "smtp://host?tls=1", "smtp://a b:c@host"),
        *("smpt://me:secret@mail", "smtp://me:secret@mail:port", "smtp://me:a/secret@mail:25"),
        *("smtp://me:a@secret@mail:x", "smtp://me:a/secret/b@mail", "me:secret@mail"),
    ],
)
def test_an_impossible_mail_server_is_an_error_without_the_password(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        smtp(url)
    assert str(refused.value).startswith("ALLOCATION_SMTP_URL=")
    assert not any(password in str(refused.value) for password in ("pa%EFn", "secret"))


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        *(("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("[::1]", True)),
        *(("mail.example", False), ("192.0.2.1", False), ("[2001:db8::1]", False)),
        *(("localhost.mail.example", False), ("127.1", False)),
    ],
)
def test_which_mail_server_is_on_this_machine(host: str, is_loopback: bool) -> None:
    assert smtp(f"smtp://{host}").is_loopback is is_loopback


LIMITS = {
    "ALLOCATION_MAX_CONNECTIONS": ("max_connections", 1, 1_000_000),
    "ALLOCATION_MAX_HEADER_BYTES": ("max_header_bytes", 1024, 1024 * 1024),
    "ALLOCATION_HEADER_TIMEOUT": ("header_timeout", 1, 3600),
    "ALLOCATION_BODY_TIMEOUT": ("body_timeout", 1, 3600),
    "ALLOCATION_MIN_BODY_RATE": ("min_body_rate", 1, 1024**3),
    "ALLOCATION_STALL_TIMEOUT": ("stall_timeout", 1, 3600),
    "ALLOCATION_MAX_BODY_BYTES": ("max_body_bytes", 1024**2, 65_536 * 1024**2),
    "ALLOCATION_BODY_ROOM_TIMEOUT": ("body_room_timeout", 1, 3600),
    "ALLOCATION_KEEP_ALIVE_TIMEOUT": ("keep_alive_timeout", 1, 3600),
    "ALLOCATION_MAX_KEY_RATE": ("max_key_rate", 1, 1_000_000),
    "ALLOCATION_MAX_INVALID_KEYS": ("max_invalid_keys", 1, 1_000_000),
    "ALLOCATION_MAX_STREAMS": ("max_streams", 1, 1_000_000),
    "ALLOCATION_MAX_KEY_STREAMS": ("max_key_streams", 1, 1_000_000),
}


@pytest.mark.parametrize("variable", LIMITS)
def test_a_limit_is_read_from_its_variable(variable: str) -> None:
    name, least, most = LIMITS[variable]
    for value in (least, most):
        assert getattr(Settings.read({variable: str(value)}).limits, name) == value
    for value in (least - 1, most + 1):
        with pytest.raises(ConfigError, match=f"{variable}='{value}' is not a .* from {least} to"):
            Settings.read({variable: str(value)})


def test_without_settings_the_log_is_kept_for_ever_and_the_limits_are_those_of_the_settings() -> (
    None
):
    read = Settings.read({})
    assert (read.keep_days, read.limits, read.max_depth) == (None, LimitSettings(), 100)


def test_the_depth_of_a_chain_is_a_setting() -> None:
    assert Settings.read({"ALLOCATION_MAX_DEPTH": "250"}).max_depth == 250
    with pytest.raises(ConfigError, match="ALLOCATION_MAX_DEPTH='9' is not a number from 10"):
        Settings.read({"ALLOCATION_MAX_DEPTH": "9"})


def timezone(value: str) -> tzinfo:
    return Settings.read({"ALLOCATION_TIMEZONE": value}).timezone


def test_the_timezone_is_utc_unless_another_is_set() -> None:
    assert Settings().timezone is Settings.read({}).timezone is UTC
    assert [timezone(""), timezone("  ")] == [UTC, UTC]
    assert [timezone("UTC"), timezone(" Europe/Berlin ")] == [
        *(ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"))
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("Europe/Berln", "Europe", "+01:00", "CET/CEST", "Europe/Berlin, UTC", "b" * 5_000),
        *("../UTC", "/etc/passwd", "tzdata.zi", ".", "a\0b", "Z\u00fcrich", "\udcff"),
    ],
)
def test_an_unknown_timezone_is_an_error_with_its_name(name: str) -> None:
    with pytest.raises(ConfigError) as raised:
        timezone(name)
    assert str(raised.value) == (
        f"ALLOCATION_TIMEZONE={name!r} is not the name of a timezone, such as UTC or Europe/Berlin"
    )


@pytest.fixture
def no_system_timezones() -> Iterator[None]:
    """A machine without a database of timezones, such as a slim container."""
    reset_tzpath([])
    ZoneInfo.clear_cache()
    yield
    reset_tzpath()
    ZoneInfo.clear_cache()


@pytest.mark.usefixtures("no_system_timezones")
def test_the_timezones_are_installed_with_the_program() -> None:
    assert str(timezone("Europe/Berlin")) == "Europe/Berlin"
    with pytest.raises(ConfigError):
        timezone("Europe")


def hosts(value: str) -> frozenset[str]:
    return Settings.read({"ALLOCATION_ALLOWED_HOSTS": value}).hosts.allowed


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("", set()),
        (" , ", set()),
        ("shop.example", {"shop.example"}),
        ("Shop.Example, stock.example:8443", {"shop.example", "stock.example"}),
        ("a\tb\nc", {"a", "b", "c"}),
        ("10.0.0.5 10.0.0.6:80", {"10.0.0.5", "10.0.0.6"}),
        ("2001:DB8:0::5,[2001:db8::6]:80", {"2001:db8::5", "2001:db8::6"}),
        ("lager.müller.example", {"lager.xn--mller-kva.example"}),
        ("allocation_web_1", {"allocation_web_1"}),
        ("*", {"*"}),
    ],
)
def test_the_hosts_that_are_allowed(value: str, read: set[str]) -> None:
    assert hosts(value) == read


@pytest.mark.parametrize(
    "host",
    ["http://shop.example", "*.shop.example", "shop.example/x", "a:b", "[::1", "1::2::3", "é" * 70],
)
def test_an_invalid_host_is_an_error_with_its_name(host: str) -> None:
    with pytest.raises(ConfigError) as raised:
        hosts(f"good.example,{host}")
    assert "ALLOCATION_ALLOWED_HOSTS=" in str(raised.value)
    assert f"{host!r}, which is not a host name, an address or *" in str(raised.value)


@pytest.mark.parametrize(
    ("bound", "host"),
    [
        ("shop.example", "shop.example"),
        ("0.0.0.0", "0.0.0.0"),
        ("::", "::"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_the_address_of_the_server_is_an_allowed_host(bound: str, host: str) -> None:
    settings = Settings.read({"ALLOCATION_ALLOWED_HOSTS": "other.example"})
    assert settings.hosts.including(bound) == {"other.example", host}


def test_the_length_of_a_session_is_a_setting() -> None:
    variables = {"ALLOCATION_SESSION_IDLE_MINUTES": "5", "ALLOCATION_SESSION_HOURS": "2"}

    assert Settings.read(variables).sessions == SessionSettings(5, 2)
    assert Settings.read({}).sessions == SessionSettings(60, 12)


@pytest.mark.parametrize(
    ("value", "proxies"),
    [("", ()), ("10.0.0.1", ("10.0.0.1",)), ("10.0.0.0/8, ::1", ("10.0.0.0/8", "::1"))],
)
def test_the_proxies_that_are_trusted(value: str, proxies: tuple[str, ...]) -> None:
    assert Settings.read({"ALLOCATION_TRUSTED_PROXIES": value}).trusted_proxies == proxies


@pytest.mark.parametrize("value", ["*", "proxy", "10.0.0.1/8", "10.0.0.256"])
def test_a_proxy_that_is_no_address_is_an_error_with_its_name(value: str) -> None:
    with pytest.raises(ConfigError, match="ALLOCATION_TRUSTED_PROXIES"):
        Settings.read({"ALLOCATION_TRUSTED_PROXIES": value})
