"""Escapes control characters in text from outside before it is shown."""


def visible(text: str, *, keep: str = "") -> str:
    r"""Replace every unprintable character with an escape such as `\x1b`.

    Unprintable are all control characters, including C1 and directional marks, and all whitespace
    other than U+0020. Characters in `keep` are left unchanged.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()
