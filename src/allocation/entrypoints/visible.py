"""Text from outside, as it may be shown: what steers a terminal is spelt out."""


def visible(text: str, *, keep: str = "") -> str:
    r"""The text, with an escape such as `\x1b` for every character that shows nothing.

    Those are all control characters, C1 and the marks of direction among them, and all blanks
    other than U+0020. The ones to `keep` stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else _spelt_out(c) for c in text)


def _spelt_out(character: str) -> str:
    return character.encode("unicode_escape").decode()
