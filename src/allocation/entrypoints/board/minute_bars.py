"""Bars of the last hour: how many messages the log has taken in, minute by minute."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from allocation.entrypoints.board.formats import counted, number
from allocation.views import Activity, Minute

HEIGHT: Final = 72
"""The height of the highest bar in pixels."""

_SHARE: Final = 0.8
"""The part of a minute's width that its bar has."""


@dataclass(frozen=True, slots=True)
class MinuteBar:
    """The bar of a minute; `x` and `width` are in percent, `y` and `height` in pixels."""

    x: float
    width: float
    y: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class MinuteBars:
    """The bars of minutes with messages, the oldest first, and what they show in a sentence.

    `begin` and `end` are the times of the first and the last minute.
    """

    bars: list[MinuteBar]
    text: str
    begin: str
    end: str


def minute_bars(activity: Activity, zone: tzinfo) -> MinuteBars:
    """The bars of the minutes of an activity."""
    minutes = activity.minutes
    busiest = max(minutes, key=lambda minute: minute.messages)
    step = 100 / len(minutes)
    bars = [
        _bar(minute, place * step, step * _SHARE, HEIGHT / busiest.messages, zone)
        for place, minute in enumerate(minutes)
        if minute.messages
    ]
    text = "No message in the last hour"
    if bars:
        most = f"the busiest minute was {_time(busiest, zone)}, with {number(busiest.messages)}"
        text = f"About {counted(activity.messages, 'message')} in the last hour; {most}"
    return MinuteBars(bars, text, _time(minutes[0], zone), _time(minutes[-1], zone))


def _bar(minute: Minute, x: float, width: float, scale: float, zone: tzinfo) -> MinuteBar:
    height = max(1.0, round(minute.messages * scale, 1))  # one message can be seen, too
    label = f"{_time(minute, zone)}: {counted(minute.messages, 'message')}"
    return MinuteBar(round(x, 3), round(width, 3), round(HEIGHT - height, 1), height, label)


def _time(minute: Minute, zone: tzinfo) -> str:
    return f"{minute.begin.astimezone(zone):%H:%M}"
