"""The shapes of the answers."""

from dataclasses import dataclass
from typing import Literal

from allocation.views import MoveView


@dataclass(frozen=True, slots=True)
class AddedBatch:
    """The batch is known."""

    batchref: str


@dataclass(frozen=True, slots=True)
class AllocatedLine:
    """Where the line is promised from; null while it waits."""

    batchref: str | None
    status: Literal["allocated", "waiting"]


@dataclass(frozen=True, slots=True)
class ChangedBatch:
    """The batch's new quantity, and the lines that moved."""

    batchref: str
    qty: int
    moved: list[MoveView]


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many dead letters are tried again."""

    replayed: int
