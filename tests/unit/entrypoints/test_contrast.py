"""The colours of the board differ enough: axe does not judge the text of SVG, nor borders."""

import re
from typing import Final

import pytest

from allocation.entrypoints.board.assets import FILES

TEXT: Final = 5.7
"""The minimum contrast of text."""

CONTROL: Final = 3.4
"""That of the parts of controls and pictures."""

TEXTS: Final = (
    *((colour, ground) for colour in ("text", "muted") for ground in ("bg", "surface", "sunken")),
    *((colour, "surface") for colour in ("accent", "bad", "warn", "good")),
    *((colour, f"{colour}-bg") for colour in ("bad", "warn", "good")),
    ("accent", "bg"),
    ("on-accent", "accent"),
)
CONTROLS: Final = tuple(
    (colour, "surface") for colour in ("line-strong", "stock", "inbound", "bad", "accent")
)

PAIRS: Final = [
    *(pytest.param(*pair, TEXT, id=" on ".join(pair)) for pair in TEXTS),
    *(pytest.param(*pair, CONTROL, id=f"control {' on '.join(pair)}") for pair in CONTROLS),
]


def schemes(css: str) -> dict[str, dict[str, str]]:
    """The colours of the light and of the dark scheme, by the names of the tokens."""
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", block))
        for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    )
    return {"light": light, "dark": light | dark}


def luminance(colour: str) -> float:
    """The relative luminance by WCAG."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    shares = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """The contrast ratio by WCAG, from 1 to 21."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


BOARD: Final = schemes(FILES["board.css"].content.decode())


@pytest.mark.parametrize("scheme", BOARD)
@pytest.mark.parametrize(("colour", "ground", "least"), PAIRS)
def test_a_colour_differs_enough_from_its_ground(
    scheme: str, colour: str, ground: str, least: float
) -> None:
    tokens = BOARD[scheme]

    assert contrast(tokens[colour], tokens[ground]) >= least


def test_both_schemes_define_every_colour() -> None:
    css = FILES["board.css"].content.decode()
    light, dark = (
        set(re.findall(r"--([\w-]+): #", block))
        for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    )

    assert light == dark


def test_rules_have_no_colours_but_those_of_the_tokens() -> None:
    rules = re.sub(r":root \{.*?\}", "", FILES["board.css"].content.decode(), flags=re.DOTALL)

    assert re.findall(r"#[0-9a-f]{3,6}\b", rules) == []


def test_black_on_white_has_the_highest_contrast() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
