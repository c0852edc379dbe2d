"""A sorted mapping that finds the first item with enough room in logarithmic time."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")

Key = tuple[Any, ...]
"""The sort key of an item, unique within its tree."""

WIDTH: Final = 32
"""The maximum number of entries of a node; a larger node is split."""


class _Node:
    """A leaf, whose entries are items, or an inner node, whose entries are nodes.

    An entry of an inner node has the first key and the largest room of its child node.
    """

    __slots__ = ("below", "is_leaf", "keys", "owner", "rooms")

    def __init__(
        self, owner: object, *, is_leaf: bool, keys: list[Key], rooms: list[int], below: list[Any]
    ) -> None:
        self.owner = owner
        self.is_leaf = is_leaf
        self.keys = keys
        self.rooms = rooms
        self.below = below

    def part(self, owner: object, first: int, end: int | None = None) -> "_Node":
        """A new node with a range of the entries."""
        entries = slice(first, end)
        return _Node(
            owner,
            is_leaf=self.is_leaf,
            keys=self.keys[entries],
            rooms=self.rooms[entries],
            below=self.below[entries],
        )

    def insert(self, place: int, key: Key, room: int, below: object) -> None:
        """Add an entry."""
        self.keys.insert(place, key)
        self.rooms.insert(place, room)
        self.below.insert(place, below)

    def delete(self, place: int, end: int | None = None) -> None:
        """Remove one entry, or a range of entries."""
        entries = slice(place, place + 1 if end is None else end)
        del self.keys[entries], self.rooms[entries], self.below[entries]


class MaxTree(Generic[T]):
    """A B-tree of items with keys and rooms, in which every node stores its largest room.

    Changes and `first` take logarithmic time. A copy takes constant time: the two trees share
    nodes until one of them changes a node.
    """

    def __init__(self, width: int = WIDTH) -> None:
        self._width = width
        self._owner = object()
        self._root = _leaf(self._owner)

    def copy(self) -> "MaxTree[T]":
        """An independent tree with the same items."""
        copied: MaxTree[T] = MaxTree(self._width)
        copied._root = self._root
        self._owner = object()  # from now on, neither tree owns the shared nodes
        return copied

    def __iter__(self) -> Iterator[T]:
        """The items, in the order of their keys."""
        return _items(self._root)

    def entries(self) -> Iterator[tuple[Key, T, int]]:
        """The keys, the items and their rooms, in the order of the keys."""
        return _entries(self._root)

    def get(self, key: Key) -> int:
        """The room of the item with this key; 0 if there is none."""
        node = self._root
        while node.keys:
            place = bisect_right(node.keys, key) - 1
            if place < 0:
                return 0
            if node.is_leaf:
                return node.rooms[place] if node.keys[place] == key else 0
            node = node.below[place]
        return 0

    @property
    def largest(self) -> int:
        """The largest room; 0 for an empty tree."""
        return max(self._root.rooms, default=0)

    def first(self, least: int) -> tuple[Key, T, int] | None:
        """The first item with at least this room, as its key, the item and its room."""
        if not self._root.keys or max(self._root.rooms) < least:
            return None
        node = self._root
        while True:
            place = 0
            while node.rooms[place] < least:
                place += 1
            if node.is_leaf:
                return node.keys[place], node.below[place], node.rooms[place]
            node = node.below[place]

    def put(self, key: Key, item: T, room: int) -> None:
        """Add an item, or replace the item and the room of an existing key."""
        root = self._root
        if root.is_leaf and root.owner is self._owner and _change(root, key, item, room):
            return  # the usual case: the batches of most products fit into one leaf
        root = self._root = self._owned(root)
        right = self._put(root, key, item, room)
        if right is not None:
            self._root = _Node(
                self._owner,
                is_leaf=False,
                keys=[root.keys[0], right.keys[0]],
                rooms=[max(root.rooms), max(right.rooms)],
                below=[root, right],
            )

    def discard(self, key: Key) -> None:
        """Remove the item of this key, if there is one."""
        root = self._root = self._owned(self._root)
        self._discard(root, key)
        while not self._root.is_leaf and len(self._root.keys) == 1:
            self._root = self._root.below[0]
        if not self._root.keys:
            self._root = _leaf(self._owner)

    def _owned(self, node: _Node) -> _Node:
        """The node if this tree owns it, else a copy of it."""
        return node if node.owner is self._owner else node.part(self._owner, 0)

    def _put(self, node: _Node, key: Key, item: T, room: int) -> _Node | None:
        """Add or change an item below a node; return the new right half if the node was split."""
        if node.is_leaf:
            if not _change(node, key, item, room):
                node.insert(bisect_left(node.keys, key), key, room, item)
        else:
            place = max(bisect_right(node.keys, key) - 1, 0)
            child = node.below[place] = self._owned(node.below[place])
            right = self._put(child, key, item, room)
            node.keys[place] = child.keys[0]
            node.rooms[place] = max(child.rooms)
            if right is not None:
                node.insert(place + 1, right.keys[0], max(right.rooms), right)
        if len(node.keys) <= self._width:
            return None
        half = node.part(self._owner, self._width // 2)
        node.delete(self._width // 2, len(node.keys))
        return half

    def _discard(self, node: _Node, key: Key) -> None:
        if node.is_leaf:
            place = bisect_left(node.keys, key)
            if place < len(node.keys) and node.keys[place] == key:
                node.delete(place)
            return
        place = max(bisect_right(node.keys, key) - 1, 0)
        child = node.below[place] = self._owned(node.below[place])
        self._discard(child, key)
        if child.keys:
            node.keys[place] = child.keys[0]
            node.rooms[place] = max(child.rooms)
        else:
            node.delete(place)


def _leaf(owner: object) -> _Node:
    return _Node(owner, is_leaf=True, keys=[], rooms=[], below=[])


def _change(leaf: _Node, key: Key, item: object, room: int) -> bool:
    """Change the entry of this key; False if there is none."""
    place = bisect_left(leaf.keys, key)
    if place == len(leaf.keys) or leaf.keys[place] != key:
        return False
    leaf.rooms[place] = room
    leaf.below[place] = item
    return True


def _entries(node: _Node) -> Iterator[tuple[Key, Any, int]]:
    if node.is_leaf:
        yield from zip(node.keys, node.below, node.rooms, strict=True)
    else:
        for below in node.below:
            yield from _entries(below)


def _items(node: _Node) -> Iterator[Any]:
    for below in node.below:
        if node.is_leaf:
            yield below
        else:
            yield from _items(below)
