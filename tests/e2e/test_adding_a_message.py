"""The steps of docs/adding-a-message.md, carried out in a copy of the package."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from textwrap import indent
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/adding-a-message.md").read_text()
SEND = ("-m", "allocation", "send")
CORRECT = (*SEND, "AnnouncementCorrected", "ref=B1", "qty=40")


pytestmark = pytest.mark.slow


class Edit(NamedTuple):
    """Code of one step, to be put at the end of a file, or above the line with the marker."""

    step: str
    file: str
    marker: str | None
    code: str


def edits() -> list[Edit]:
    steps = re.split(r"^## (\d)\. .*$", PAGE.partition("\n## Try it\n")[0], flags=re.MULTILINE)
    block = re.compile(
        r"In `([^`]+)`, (?:at the end|above `([^`]+)`):\n\n```python\n(.*?)```", re.DOTALL
    )
    return [
        Edit(step, file, marker or None, code)
        for step, text in zip(steps[1::2], steps[2::2], strict=True)
        for file, marker, code in block.findall(text)
    ]


def a_copy(folder: Path, left_out: Collection[str] = ()) -> Path:
    """A copy of the package in which the steps have been carried out, but for those left out."""
    shutil.copytree(
        ROOT / "src",
        folder / "src",
        ignore=shutil.ignore_patterns("__pycache__"),
        dirs_exist_ok=True,
    )
    for edit in edits():
        if edit.step not in left_out:
            path = folder / edit.file
            path.write_text(edited(path.read_text(), edit))
    return folder / "src"


def edited(text: str, edit: Edit) -> str:
    if edit.marker is None:
        return f"{text}\n\n{edit.code}"
    before, marker, after = text.partition(edit.marker)
    assert marker, f"{edit.file} has no {edit.marker}"
    start = before.rindex("\n") + 1
    code = indent(edit.code, before[start:])
    return f"{before[:start]}{code}\n{before[start:]}{marker}{after}"


def python(package: Path, *words: str, url: str = "") -> "subprocess.CompletedProcess[str]":
    """Run Python with the copy of the package."""
    variables = {**os.environ, "PYTHONPATH": str(package), "ALLOCATION_DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_copy(tmp_path_factory.mktemp("package"))


def answers(package: Path, what: str, place: str) -> list[Any]:
    ended = python(package, "-m", "tests.support.corrected_announcement", what, place)
    assert ended.returncode == 0, ended.stderr
    parsed: list[Any] = json.loads(ended.stdout)
    return parsed


def test_the_page_has_every_step() -> None:
    assert [edit.step for edit in edits()] == ["1", "2", "3", "4", "4"]


@pytest.mark.parametrize("place", ["memory", "sqlite_url", "postgresql_url"])
def test_the_new_message_is_on_disk_in_every_store_and_repeated_by_its_key(
    package: Path, request: pytest.FixtureRequest, place: str
) -> None:
    url = place if place == "memory" else request.getfixturevalue(place)

    assert answers(package, "stores", url) == [
        *(["done", False], ["done", False], ["done", True]),
        *(["done", False], ["BatchConflict", False]),
    ]


def test_the_new_message_is_accepted_over_http_and_refused_when_wrong(
    package: Path, sqlite_url: str
) -> None:
    *asked, line, wrong_line, operation = answers(package, "http", sqlite_url)

    corrected = {"batchref": "B1", "qty": 40}
    assert asked[:3] == [[201, {"batchref": "B1"}], [200, corrected], [200, corrected]]
    assert [(status, body.get("code")) for status, body in asked[3:]] == [
        (422, "id_reused"),
        (201, None),
        (404, "unknown_batch"),
        (400, "invalid_value"),
        (400, "unknown_field"),
    ]
    assert line[1]["result"] == {"batchref": "B1", "qty": 41}
    assert (wrong_line[0], wrong_line[1]["error"]["field"]) == (400, "qty")
    assert operation["post"]["operationId"] == "correct_announcement"
    assert {"200", "400", "404", "422"} <= operation["post"]["responses"].keys()


def test_the_new_message_can_be_sent_from_the_command_line(package: Path, sqlite_url: str) -> None:
    python(package, *SEND, "BatchCreated", "ref=B1", "sku=LAMP", "qty=4", url=sqlite_url)

    sent = python(package, *CORRECT, url=sqlite_url)
    refused = python(package, *CORRECT[:-1], "qty=0", url=sqlite_url)

    assert (sent.returncode, sent.stdout) == (0, '{"batchref":"B1","qty":40}\n')
    assert (refused.returncode, refused.stderr) == (1, "error: qty 0 is less than 1\n")


@pytest.mark.parametrize("step", ["1", "2", "3", "4"])
def test_a_step_that_is_left_out_is_named(tmp_path: Path, sqlite_url: str, step: str) -> None:
    [row] = re.findall(rf"^\| {step}, .*`([^`]*)` \|$", PAGE, re.MULTILINE)
    package = a_copy(tmp_path, left_out=[step])
    if step == "2":
        python(package, *SEND, "BatchCreated", "ref=B1", "sku=LAMP", "qty=4", url=sqlite_url)

    ended = python(package, *CORRECT, url=sqlite_url)

    assert ended.returncode not in (0, 1, 2) or "Traceback" in ended.stderr
    assert row in ended.stderr
