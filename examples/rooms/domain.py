"""A hotel: nights with rooms, and guests who book them. It knows nothing of how it is stored."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class NightOpened:
    """So many rooms can be booked for a night."""

    night: str
    rooms: int


@dataclass(frozen=True)
class BookingRequired:
    """A guest asks for a room."""

    guest: str
    night: str


@dataclass(frozen=True)
class RoomBooked:
    """A guest has a room; the confirmation goes out of the database."""

    guest: str
    night: str


@dataclass
class NoRoomLeft(Exception):
    """The hotel refuses a booking."""

    night: str


class HotelUnit(Protocol):
    """What the handlers need of a unit of work."""

    def rooms(self, night: str) -> int:
        """The rooms that are free."""

    def set_rooms(self, night: str, rooms: int) -> None:
        """Change how many rooms are free."""

    def publish(self, event: object) -> None:
        """Raise an event."""


def open_night(event: NightOpened, unit: HotelUnit) -> int:
    """Add rooms to a night."""
    unit.set_rooms(event.night, rooms := unit.rooms(event.night) + event.rooms)
    return rooms


def book(event: BookingRequired, unit: HotelUnit) -> None:
    """Give a room to the guest, if one is free."""
    if (rooms := unit.rooms(event.night)) == 0:
        raise NoRoomLeft(event.night)
    unit.set_rooms(event.night, rooms - 1)
    unit.publish(RoomBooked(event.guest, event.night))


def night_of(message: object) -> str | None:
    """The ordering key of a message: bookings of one night stay in order."""
    return getattr(message, "night", None)


def keys_of(message: object) -> Set[str]:
    """The same as the store asks for it: a message may have several keys, or none."""
    night = night_of(message)
    return set() if night is None else {night}
