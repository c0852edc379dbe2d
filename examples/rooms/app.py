"""The hotel, put together on the machinery of `allocation`."""

from collections.abc import Callable
from dataclasses import dataclass

from examples.rooms import domain, state

from allocation.adapters.memory.log import MemoryLog, MemoryLogStore, MemoryLogTransaction
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log import schema as message_log
from allocation.adapters.sql.message_log.codec import JsonCodec
from allocation.adapters.sql.message_log.log import LogFormat
from allocation.adapters.sql.message_log.store import LogStore
from allocation.messaging.bus import MessageBus
from allocation.messaging.deliveries import DeliveryHandler, Destination
from allocation.messaging.group import ProcessorConfig
from allocation.messaging.log import Clock, NewId
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.ports import Store
from allocation.messaging.processor import Processor
from allocation.messaging.registry import Key, MessageType, Registry

CODEC = JsonCodec(
    (domain.NightOpened, domain.BookingRequired, domain.RoomBooked), (domain.NoRoomLeft,)
)


def keys(message: domain.NightOpened | domain.BookingRequired | domain.RoomBooked) -> tuple[Key]:
    """The ordering keys of a message: those of one night take effect in log order."""
    return (("night", message.night),)


@dataclass(frozen=True)
class Hotel:
    """What takes messages, and what delivers confirmations."""

    processor: Processor
    relay: OutboxRelay


def hotel(store: Store, confirm: DeliveryHandler, clock: Clock, new_id: NewId) -> Hotel:
    """The application on a store."""
    registry = Registry(
        MessageType(domain.NightOpened, "NightOpened", keys, (domain.open_night,)),
        MessageType(domain.BookingRequired, "BookingRequired", keys, (domain.book,)),
        MessageType(domain.RoomBooked, "RoomBooked", keys, destinations={"post": confirm}),
    )
    bus = MessageBus(registry.transactional)
    config = ProcessorConfig(registry, bus, (domain.NoRoomLeft,), clock, new_id)
    destinations = [Destination(*each) for each in registry.destinations.items()]
    return Hotel(Processor(store, config), OutboxRelay(store, destinations, clock=clock))


def store_in_memory() -> Callable[[], Store]:
    """Opens stores that share what they have committed."""
    log, nights = MemoryLog(), dict[str, int]()
    return lambda: MemoryLogStore(lambda: MemoryLogTransaction(log, state.in_memory(nights)))


def store_in(database: Database) -> Store:
    """The store in a database, SQLite or PostgreSQL, which is given the tables."""
    with database.writing() as connection:
        for metadata in (message_log.metadata, state.metadata):
            metadata.create_all(connection)
        connection.commit()
    return LogStore(database, LogFormat(CODEC), state.in_database)
