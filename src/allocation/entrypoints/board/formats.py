"""How pages write numbers, dates and times."""

from datetime import UTC, date, datetime, tzinfo
from typing import Final

from markupsafe import Markup

from allocation.entrypoints.dates import is_overdue

THIN: Final = "\N{NARROW NO-BREAK SPACE}"
MINUS: Final = "\N{MINUS SIGN}"
NOTHING: Final = "\N{EM DASH}"


def number(value: int | None) -> str:
    """A number with groups of three digits; a dash for None."""
    if value is None:
        return NOTHING
    return f"{value:,}".replace(",", THIN).replace("-", MINUS)


def number_up_to(count: int, limit: int) -> str:
    """A number that was counted up to a limit, such as "1 000+"."""
    return number(count) + ("+" if count >= limit else "")


def signed(value: int) -> str:
    """A difference with its sign."""
    return number(value) if value <= 0 else f"+{number(value)}"


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """A count with its noun, such as "2 lines"."""
    return f"{number(count)} {singular if count == 1 else plural or singular + 's'}"


def rate(per_second: float) -> str:
    """A rate with three figures."""
    if per_second >= 100:
        return number(round(per_second))
    return f"{per_second:.1f}" if per_second >= 10 else f"{per_second:.2f}"


def duration(seconds: float) -> str:
    """A span of time in the unit that fits: "40 ms", "3.2 s", "5 min", "2 h", "3 days"."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 2 * 86400:
        return f"{seconds / 3600:.0f} h"
    return counted(int(seconds // 86400), "day")


def day(value: date | None, today: date) -> str:
    """A date, such as "14 Dec", with its year unless that is this year; a dash for None."""
    if value is None:
        return NOTHING
    year = "" if value.year == today.year else f" {value.year}"
    return f"{value.day} {_MONTHS[value.month - 1]}{year}"


def due(eta: date | None, today: date) -> str:
    """When a batch arrives, such as "14 Dec, in 13 days", or that it is in stock."""
    if eta is None:
        return "in stock"
    days = (eta - today).days
    if days < 0:
        return f"{day(eta, today)}, {counted(-days, 'day')} overdue"
    if days == 0:
        return f"{day(eta, today)}, today"
    return f"{day(eta, today)}, in {counted(days, 'day')}"


def lateness(eta: date | None, due: date | None, today: date) -> str:
    """By how many days units of a shipment miss the day `due`, so far if it is overdue.

    Empty if they are in stock, or come in time.
    """
    overdue = is_overdue(eta, today)
    days = 0 if eta is None or due is None else ((today if overdue else eta) - due).days
    if overdue:
        return f"{counted(days, 'day')} late so far" if days > 0 else "late"
    return f"{counted(days, 'day')} late" if days > 0 else ""


def clock(at: datetime, zone: tzinfo, today: date) -> Markup:
    """A time in the timezone of the page, with its date unless that is today, and in UTC."""
    utc = at.astimezone(UTC)
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        utc.strftime("%Y-%m-%d %H:%M:%S"),
        moment(at, zone, today),
    )


def moment(at: datetime, zone: tzinfo, today: date) -> str:
    """A time in the timezone of the page as text, with its date unless that is today."""
    local = at.astimezone(zone)
    earlier = "" if local.date() == today else f"{day(local.date(), today)}, "
    return f"{earlier}{local:%H:%M:%S}"


_MONTHS: Final = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]
