"""`make wheels`: is there a wheel of every pinned requirement for every machine we support?

The resolver of uv plans an installation from wheels alone for each machine, and downloads none.
Its plan must hold every pin whose marker is true there: no more is believed than it says.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

PINS: Final = Path(__file__).parents[1] / "requirements"


@dataclass(frozen=True)
class Platform:
    """A kind of machine: its name in uv, and what environment markers call it."""

    name: str
    uv: str
    sys_platform: str
    machine: str


PLATFORMS: Final = (
    Platform("Linux x86-64", "x86_64-manylinux_2_28", "linux", "x86_64"),
    Platform("Linux ARM64", "aarch64-manylinux_2_28", "linux", "aarch64"),
    Platform("macOS ARM64", "aarch64-apple-darwin", "darwin", "arm64"),
)
PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")


@dataclass(frozen=True)
class Target:
    """A version of CPython on a platform."""

    platform: Platform
    python: str

    def __str__(self) -> str:
        return f"CPython {self.python} on {self.platform.name}"

    @property
    def environment(self) -> dict[str, str]:
        """The values of the environment markers."""
        return {
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": self.platform.machine,
            "platform_python_implementation": "CPython",
            "platform_system": {"linux": "Linux", "darwin": "Darwin"}[self.platform.sys_platform],
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": self.platform.sys_platform,
        }


TARGETS: Final = tuple(Target(*pair) for pair in product(PLATFORMS, PYTHONS))


class ResolverFailed(RuntimeError):
    """The resolver did not say whether there are wheels: it could not ask, for example."""


Planned = set[str] | None
"""The pins (`name==version`) of a plan; None where there is none for want of a wheel."""

Resolver = Callable[[Target, Sequence[str]], Planned]

_NO_WHEEL: Final = re.compile(r"has no (usable wheels|wheels with a matching)")
_PLANNED: Final = re.compile(r"^ \+ (\S+==\S+)", re.MULTILINE)


def plan(target: Target, pins: Sequence[str]) -> Planned:
    """What uv would install there of these pins, from wheels alone.

    Raises:
        ResolverFailed: it said neither that nor that a wheel is missing.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pins.txt"
        file.write_text("\n".join(pins))
        command = [
            *("uv", "pip", "install", "--dry-run", "--no-deps", "--only-binary", ":all:"),
            *("--python-platform", target.platform.uv, "--python-version", target.python),
            *("--target", f"{folder}/nothing", "--color", "never", "--requirement", str(file)),
        ]
        ended = subprocess.run(
            [str(Path(sys.executable).with_name(command[0])), *command[1:]],
            capture_output=True,
            text=True,
            check=False,
        )
    told = ended.stdout + ended.stderr
    if ended.returncode == 0:
        return set(_PLANNED.findall(told))
    if _NO_WHEEL.search(told):
        return None
    raise ResolverFailed(told.strip())


def pins_for(target: Target, lines: Iterable[str]) -> list[str]:
    """The pins whose marker is true there, as `name==version`."""
    pins = [line.split("#")[0].strip() for line in lines]
    required = [Requirement(pin) for pin in pins if pin]
    return [
        f"{pin.name}{pin.specifier}"
        for pin in required
        if pin.marker is None or pin.marker.evaluate(target.environment)
    ]


def missing(target: Target, lines: Iterable[str], resolve: Resolver = plan) -> Iterator[str]:
    """The pins without a wheel there."""
    pins = pins_for(target, lines)
    planned = resolve(target, pins)
    if planned is None:  # the resolver names no more than the first
        for pin in pins:
            if resolve(target, [pin]) != {pin}:
                yield pin
    else:
        yield from sorted(set(pins) - planned)


def main(files: Iterable[Path], resolve: Resolver = plan) -> int:
    """Tell of each file and target what is missing; exit code 1 if anything is."""
    found = 0
    for file in files:
        lines = file.read_text().splitlines()
        for target in TARGETS:
            without = list(missing(target, lines, resolve))
            found += len(without)
            told = f"no wheel of {', '.join(without)}" if without else "all wheels are there"
            sys.stdout.write(f"{file.name}, {target}: {told}\n")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main([PINS / "runtime.txt", PINS / "dev.txt"]))
