"""Properties of Unicode characters: composition and visibility.

They derive from Python's Unicode database instead of a list in this program.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_CACHE_SIZE: Final = 4096
"""The number of characters whose properties are cached; a shop uses a few hundred."""

# Characters that are printable for Python, but have Unicode's Default_Ignorable_Code_Point, a
# property that Python lacks. They are recognised by their names, which never change.
_IGNORABLE: Final = re.compile("VARIATION SELECTOR|GRAPHEME JOINER|VOWEL INHERENT")
_FILLER: Final = re.compile("FILLER$")
_EMPTY: Final = re.compile("^BRAILLE PATTERN BLANK$|NULL NOTEHEAD$")

_KINDS: Final = {
    "Cc": "a control character",
    "Cs": "a lone surrogate",
    "Co": "a private-use character",
    "Cn": f"a character that Unicode {unicodedata.unidata_version} does not assign",
}
"""Descriptions of characters without a name, by category."""


def composed(text: str) -> str:
    """Normalise a text to Unicode's composed form, NFC: `o` with two dots becomes `ö`."""
    return unicodedata.normalize("NFC", text)


def first_invisible(text: str) -> str | None:
    """The first character that is invisible, or does not look the same everywhere, or None."""
    if all(map(is_visible, text)):
        return None
    return next(character for character in text if not is_visible(character))


def is_mark(character: str) -> bool:
    """Whether the character combines with the one before it."""
    return unicodedata.category(character).startswith("M")


def describe(character: str) -> str:
    """Describe a character in words: "a no-break space (U+00A0)"."""
    name = unicodedata.name(character, "").lower()
    article = "an" if name[:1] in {*"aeiou"} else "a"
    description = f"{article} {name}" if name else _KINDS[unicodedata.category(character)]
    return f"{description} (U+{ord(character):04X})"


@lru_cache(_CACHE_SIZE)
def is_visible(character: str) -> bool:
    """Whether the character is visible, and looks the same everywhere."""
    # Excludes blanks other than U+0020 (Z), and control, format, private and unassigned (C).
    if not character.isprintable():
        return False
    name = unicodedata.name(character, "")
    if _FILLER.search(name):
        return unicodedata.category(character).startswith("P")  # a gap filler is visible
    return not (_IGNORABLE.search(name) or _EMPTY.search(name))
