"""Files that are imported beside the servers: `allocation import orders`, until it is done."""

import csv
import random
import subprocess
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Final

from tests.chaos.observations import Observations
from tests.support.commands import allocation

ATTEMPTS: Final = 20
"""A file that was not imported after so many attempts is lost."""

Rows = list[dict[str, str]]


class Importer:
    """Imports one file at a time; a failed import is run again, as an operator would."""

    def __init__(
        self, url: str, folder: Path, observations: Observations, settings: dict[str, str]
    ) -> None:
        self._url = url
        self._folder = folder
        self._observations = observations
        self._settings = settings
        self._numbers = count(1)
        self._thread = ThreadPoolExecutor(1)
        self._begun: list[Future[None]] = []
        self.runs_again = 0

    def begin(self, lines: int, skus: Sequence[str], rng: random.Random) -> None:
        """Import so many lines of these skus, beside whatever else happens."""
        number = next(self._numbers)
        rows = [
            {
                "orderid": f"file{number}-o{n}",
                "sku": rng.choice(skus),
                "qty": str(rng.randint(1, 5)) if len(skus) > 1 else "1",
            }
            for n in range(1, lines + 1)
        ]
        self._begun.append(self._thread.submit(self._import, number, rows))

    @property
    def is_done(self) -> bool:
        """Whether every file that was begun is imported."""
        return all(begun.done() for begun in self._begun)

    def settle(self) -> None:
        """Wait until every file that was begun is imported."""
        for begun in self._begun:
            begun.result()

    def finish(self) -> None:
        """The same, and begin no other file."""
        self.settle()
        self._thread.shutdown()

    @property
    def files(self) -> int:
        """How many there were."""
        return len(self._begun)

    def _import(self, number: int, rows: Rows) -> None:
        path = self._folder / f"file{number}.csv"
        _write(path, rows)
        errors = []
        for _ in range(ATTEMPTS):
            try:
                ended = allocation(
                    *("import", "orders", path, "--database", self._url),
                    cwd=self._folder,
                    settings=self._settings,
                )
            except subprocess.TimeoutExpired as error:
                errors.append(str(error))  # it has been killed
            else:
                if ended.returncode == 0:
                    self._observations.note_imported(rows)
                    return
                errors.append(ended.stderr)
            self.runs_again += 1
        raise AssertionError(f"{path} could not be imported: {errors}")


def _write(path: Path, rows: Rows) -> None:
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, ["orderid", "sku", "qty"])
        table.writeheader()
        table.writerows(rows)
