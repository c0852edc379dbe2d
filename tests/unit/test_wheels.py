"""Which pins lack a wheel for which machine: judged without a network, by a resolver passed in."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tools.wheels import PLATFORMS, PYTHONS, TARGETS, Planned, Target, main, missing, pins_for

PINS = (
    "alpha==1.0",
    "beta==2.1 ; sys_platform == 'linux' and platform_machine == 'x86_64'",
    "gamma==3 ; python_full_version < '3.13'  # with a remark",
    "delta==4 ; sys_platform == 'win32'",
    "",
)
X86, ARM, MAC = (Target(platform, "3.13") for platform in PLATFORMS)


class Registry:
    """A resolver that knows which pins have no wheel, and for which platform."""

    def __init__(self, *without: tuple[Target, str]) -> None:
        self._without = without

    def __call__(self, target: Target, pins: Sequence[str]) -> Planned:
        if any((target, pin) in self._without for pin in pins):
            return None
        return set(pins)


def test_every_supported_machine_is_asked_for() -> None:
    assert len(TARGETS) == len(PLATFORMS) * len(PYTHONS) == 12
    assert str(ARM) == "CPython 3.13 on Linux ARM64"


def test_a_pin_counts_where_its_marker_is_true() -> None:
    assert pins_for(X86, PINS) == ["alpha==1.0", "beta==2.1"]
    assert pins_for(MAC, PINS) == ["alpha==1.0"]
    assert pins_for(Target(ARM.platform, "3.12"), PINS) == ["alpha==1.0", "gamma==3"]


def test_nothing_is_missing_where_every_pin_is_planned() -> None:
    assert list(missing(X86, PINS, Registry())) == []


def test_every_pin_without_a_wheel_is_named() -> None:
    registry = Registry((X86, "alpha==1.0"), (X86, "beta==2.1"), (MAC, "alpha==1.0"))

    assert list(missing(X86, PINS, registry)) == ["alpha==1.0", "beta==2.1"]
    assert list(missing(ARM, PINS, registry)) == []


def test_a_pin_that_the_plan_leaves_out_is_missing() -> None:
    def forgetful(_target: Target, pins: Sequence[str]) -> Planned:
        return set(pins[1:])

    assert list(missing(X86, PINS, forgetful)) == ["alpha==1.0"]


def test_missing_wheels_are_listed_and_set_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pins.txt"
    file.write_text("\n".join(PINS))

    assert main([file], Registry()) == 0
    assert "no wheel" not in capsys.readouterr().out

    assert main([file], Registry((ARM, "alpha==1.0"))) == 1
    output = capsys.readouterr().out.splitlines()
    assert len(output) == 12
    assert [line for line in output if "no wheel" in line] == [
        "pins.txt, CPython 3.13 on Linux ARM64: no wheel of alpha==1.0"
    ]
