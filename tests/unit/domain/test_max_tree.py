"""A max tree finds what a search through all items finds, and copies do not see each other."""

from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from allocation.domain.max_tree import MaxTree

NARROW = 4
"""Few entries a node, so that few items make several levels."""
KEYS = st.integers(0, 60)
ROOMS = st.integers(1, 9)


@dataclass
class Pair:
    """A tree, and the same items in a dict."""

    tree: MaxTree[str] = field(default_factory=lambda: MaxTree(NARROW))
    rooms: dict[int, int] = field(default_factory=dict)

    def first(self, least: int) -> tuple[tuple[int], str, int] | None:
        key = min((key for key, room in self.rooms.items() if room >= least), default=None)
        return None if key is None else ((key,), f"item {key}", self.rooms[key])


class Trees(RuleBasedStateMachine):
    """Trees that begin as copies of each other are changed in any order."""

    pairs = Bundle("pairs")

    def __init__(self) -> None:
        super().__init__()
        self.all: list[Pair] = []

    @initialize(target=pairs, rooms=st.dictionaries(KEYS, ROOMS))
    def begin(self, rooms: dict[int, int]) -> Pair:
        pair = Pair()
        for key, room in rooms.items():
            self.put(pair, key, room)
        self.all.append(pair)
        return pair

    @rule(target=pairs, pair=pairs)
    def copy(self, pair: Pair) -> Pair:
        copied = Pair(pair.tree.copy(), dict(pair.rooms))
        self.all.append(copied)
        return copied

    @rule(pair=pairs, key=KEYS, room=ROOMS)
    def put(self, pair: Pair, key: int, room: int) -> None:
        pair.tree.put((key,), f"item {key}", room)
        pair.rooms[key] = room

    @rule(pair=pairs, keys=st.lists(KEYS, max_size=40))
    def discard(self, pair: Pair, keys: list[int]) -> None:
        for key in keys:
            pair.tree.discard((key,))
            pair.rooms.pop(key, None)

    @invariant()
    def the_answers_are_those_of_a_search(self) -> None:
        for pair in self.all:
            assert list(pair.tree) == [f"item {key}" for key in sorted(pair.rooms)]
            assert pair.tree.largest == max(pair.rooms.values(), default=0)
            for least in range(1, 11):
                assert pair.tree.first(least) == pair.first(least)


TestTrees = Trees.TestCase
