"""Characters: what they are composed to, and whether they show anything.

By their properties in the Unicode database that comes with Python, not by a list of ours.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_REMEMBERED: Final = 4096
"""Characters whose properties are looked up once; a shop uses a few hundred."""

# Printable for Python, and Default_Ignorable_Code_Point for Unicode: a property that Python
# does not have. A character's name is one too, and never changes.
_IGNORABLE: Final = re.compile("VARIATION SELECTOR|GRAPHEME JOINER|VOWEL INHERENT")
_FILLER: Final = re.compile("FILLER$")
_EMPTY: Final = re.compile("^BRAILLE PATTERN BLANK$|NULL NOTEHEAD$")

_KINDS: Final = {
    "Cc": "a control character",
    "Cs": "half of a character",
    "Co": "a private character",
    "Cn": f"a character that Unicode {unicodedata.unidata_version} does not know",
}
"""Of characters that have no name."""


def composed(text: str) -> str:
    """The text in Unicode's composed form, NFC: `o` and two dots are `ö`."""
    return unicodedata.normalize("NFC", text)


def first_invisible(text: str) -> str | None:
    """The first character that shows nothing, or not the same everywhere, if there is one."""
    if all(map(shows_something, text)):
        return None
    return next(character for character in text if not shows_something(character))


def is_mark(character: str) -> bool:
    """Whether it combines with the character before it."""
    return unicodedata.category(character).startswith("M")


def describe(character: str) -> str:
    """What it is, in words: "a no-break space (U+00A0)"."""
    name = unicodedata.name(character, "").lower()
    article = "an" if name[:1] in {*"aeiou"} else "a"
    what = f"{article} {name}" if name else _KINDS[unicodedata.category(character)]
    return f"{what} (U+{ord(character):04X})"


@lru_cache(_REMEMBERED)
def shows_something(character: str) -> bool:
    """Whether it is seen, and the same everywhere."""
    # Neither a blank other than U+0020 (Z) nor control, format, private or unassigned (C).
    if not character.isprintable():
        return False
    name = unicodedata.name(character, "")
    if _FILLER.search(name):
        return unicodedata.category(character).startswith("P")  # a gap filler is a line
    return not (_IGNORABLE.search(name) or _EMPTY.search(name))
