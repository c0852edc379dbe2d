"""The products of the shop: pieces of furniture in several finishes."""

from typing import Final, NamedTuple

WOODS: Final = ("OAK", "WALNUT", "ASH", "BLACK")
FABRICS: Final = ("GREY", "GREEN", "BLUE", "RUST")
METALS: Final = ("BRASS", "STEEL", "WHITE", "COPPER")


class Piece(NamedTuple):
    """A piece of furniture: its finishes, each a sku, and the usual quantities of a line."""

    name: str
    finishes: tuple[str, ...]
    quantities: tuple[int, ...] = (1, 1, 1, 2)

    @property
    def skus(self) -> list[str]:
        """A sku for each finish."""
        return [f"{finish}-{self.name}" for finish in self.finishes]


BOOKCASE: Final = Piece("BOOKCASE", WOODS, (1, 2, 2, 3))
LAMP: Final = Piece("FLOOR-LAMP", METALS, (1, 1, 2))
SIDE_TABLE: Final = Piece("SIDE-TABLE", WOODS, (1, 2, 2))
ROOMS: Final = (
    (
        Piece("DINING-TABLE", WOODS, (1,)),
        Piece("DINING-CHAIR", WOODS, (2, 4, 4, 6, 6, 8)),
        Piece("BENCH", WOODS),
        Piece("BAR-STOOL", FABRICS, (2, 3, 4)),
        Piece("SIDEBOARD", WOODS, (1,)),
    ),
    (
        Piece("SOFA", FABRICS),
        Piece("ARMCHAIR", FABRICS, (1, 1, 2, 2)),
        Piece("COFFEE-TABLE", WOODS, (1,)),
        SIDE_TABLE,
        BOOKCASE,
        LAMP,
    ),
    (Piece("DESK", WOODS), Piece("DESK-CHAIR", FABRICS), BOOKCASE, LAMP),
    (Piece("BED-FRAME", WOODS, (1,)), Piece("WARDROBE", WOODS), SIDE_TABLE),
)
PIECES: Final = tuple(dict.fromkeys(piece for room in ROOMS for piece in room))
DISCONTINUED: Final = ("TEAK-DECK-CHAIR", "PINE-BUNK-BED", "RATTAN-SWING")
"""Only in the old brochure, from which people still order: there is no batch of them."""
