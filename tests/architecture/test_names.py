"""The names that the code defines are the field's; the glossary has those of the machinery."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
FILES: Final = sorted(
    file for top in ("src", "tests", "benchmarks") for file in (ROOT / top).rglob("*.py")
)

VARIABLES: Final = frozenset({"told", "known", "found", "kept", "said"})
"""Names that say nothing about the value."""

_WORDS: Final = """
weaving weave until woven elsewhere Rounds Chores Upkeep tidy keep_up see_to_what_is_due
Callers Asked hold_nobody give_up Step left_over going_on holds_all in_doubt in_turn
belongs_to expect take_in go_on_with leave_behind _settle _follow Rules Fate in_hand Carried
carry Catalogue Retries PAUSES PATIENCE chance longest Writer Words words_of_sqlite
words_of_postgresql in_our_words Question ask run_for_each together _say _speaking _go_on
Driver Batched one_state Foresight Staged ProductTables bookkeeping accounts Booking Account
UnitAlone UnitInGroup accept keep_unit drop_unit LineBook Placements Placement check_same
Moment straight Straight Told garbage nursery caretaker tamperings elephant diary errands
Wishes Market retold by_oracle crews pictures crowds notebook
State Request facts discard first limit run wait bound share promise inside outside behind relay
"""

EXCEPTIONS: Final = {
    "State": "Litestar's class of that name",
    "Request": "Litestar's class of that name, and the toy domain's message",
    "facts": "the field's word for recorded events; retired only as a group of handlers",
    "discard": "the method of every set, and what an operator does with a dead letter",
    "first": "an ordinary word; retired only as a parameter of `Backoff`",
    "limit": "the word of SQL; retired only as a parameter of `Backoff`",
    "run": "the word of asyncio, subprocess and pytest; retired only for a query",
    "wait": "psycopg's method of that name; retired only for a line",
    "bound": "the past participle of bind; retired only as the size of a group",
    "share": "a part of a whole; retired only as the quota of the backlog",
    "promise": "the noun of the domain; retired only as the name of a number",
    "inside": "an ordinary adverb; retired only as a group of handlers",
    "outside": "an ordinary adverb; retired only as a group of handlers",
    "behind": "a clock that is behind; retired only as a flag of a group",
    "Placement": "units of a line that a batch can take; retired only for a line's allocation",
    "relay": "an `OutboxRelay`; retired only as a verb",
}
"""Words on the left of the table that have another, rightful use, and which."""

RETIRED: Final = VARIABLES | (set(_WORDS.split()) - EXCEPTIONS.keys())
"""The words on the left of the table: nothing that the code defines has such a name."""

_MODULES: Final = """
origins letters failures answers outcomes body headers serving shows quantities rejects
lines rows mails interruption values tables unfinished
"""
"""Without `keys`, which was retired for idempotency keys: access keys have that name."""

_TEST_MODULES: Final = "stage wrong stuck office"

RETIRED_MODULES: Final = {
    "src": frozenset(_MODULES.split()),
    "tests": frozenset(_TEST_MODULES.split()),
    "benchmarks": frozenset[str](),
}
"""Names that are bad for a module only, by folder: a variable may hold rows."""

STORED: Final = {("src/allocation/domain/errors.py", "known")}
"""Attributes of refusals, which the log stores by name."""


def names_in(code: str) -> Iterator[str]:
    """Every name that the code defines: classes, functions, parameters, variables, attributes."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name
            case ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.alias(asname=str(name)):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name


def retired_names(file: str, code: str) -> set[str]:
    """The retired names that a file defines, or has as its own."""
    path = Path(file)
    module = path.parent.name if path.stem == "__init__" else path.stem
    modules = set(RETIRED | RETIRED_MODULES[path.parts[0]])
    names = set(RETIRED) - {name for place, name in STORED if place == file}
    defined = {form for name in names_in(code) for form in (name, name.lstrip("_"))}
    return (names & defined) | (modules & {module})


def test_no_retired_word_is_the_name_of_anything() -> None:
    places = {file.relative_to(ROOT).as_posix(): file for file in FILES}
    retired = {place: retired_names(place, file.read_text()) for place, file in places.items()}

    assert {place: names for place, names in retired.items() if names} == {}


@pytest.mark.parametrize(
    "code",
    [
        "told = 1",
        "for told in (): pass",
        "class Rounds: pass",
        "def weave(): pass",
        "async def tidy(): pass",
        "def run_sync(until): pass",
        "print(lambda found: 1)",
        "self.in_hand = 1",
        "self._kept = 1",
        "known: int",
        "try: pass\nexcept OSError as said: pass",
        "import sqlalchemy as kept",
        "match 1:\n    case kept: pass",
    ],
)
def test_a_retired_word_is_detected_in_every_kind_of_definition(code: str) -> None:
    assert retired_names("src/allocation/planted.py", code)


@pytest.mark.parametrize(
    "file", ["src/allocation/letters.py", "src/allocation/weaving/__init__.py"]
)
def test_a_retired_word_is_detected_as_the_name_of_a_module_or_package(file: str) -> None:
    assert retired_names(file, "")


def test_every_exception_is_a_word_of_the_table() -> None:
    assert EXCEPTIONS.keys() <= set(_WORDS.split())


def public_classes() -> list[str]:
    """The public classes of `allocation.messaging`."""
    modules = (ROOT / "src/allocation/messaging").glob("*.py")
    nodes = [node for module in modules for node in ast.parse(module.read_text()).body]
    names = [node.name for node in nodes if isinstance(node, ast.ClassDef)]
    return sorted(name for name in names if not name.startswith("_"))


@pytest.mark.parametrize("name", public_classes())
def test_the_glossary_has_every_public_class_of_the_machinery(name: str) -> None:
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")

    assert f"`{name}`" in glossary
