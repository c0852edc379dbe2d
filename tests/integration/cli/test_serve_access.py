"""`allocation serve` on an address that other machines can reach.

The tests must not listen there, so they take the address's place.
"""

import pytest

from allocation.entrypoints.cli import serve
from tests.integration.cli.conftest import Run

ELSEWHERE = "192.0.2.1"


class Listening:
    """Stands for a socket on an address that other machines can reach."""

    def __init__(self) -> None:
        self.is_closed = False

    def getsockname(self) -> tuple[str, int]:
        return ELSEWHERE, 8000

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Listening:
    listening = Listening()
    monkeypatch.setattr(serve, "bind", lambda host, port: [listening])
    return listening


def test_it_does_not_start_without_a_key(run: Run, listening: Listening) -> None:
    ended = run("serve", "--host", ELSEWHERE)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"error: there is no access key, and other machines can reach {ELSEWHERE}: create a key "
        "(`allocation keys create` makes one), or let everybody in with --insecure\n"
    )
    assert listening.is_closed


@pytest.mark.parametrize(
    ("options", "warning"),
    [
        (("--insecure",), f"--insecure, and no access keys: everybody who can reach {ELSEWHERE} "),
        ((), None),
    ],
)
def test_it_starts_with_a_key_or_insecure(
    run: Run,
    listening: Listening,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    warning: str | None,
) -> None:
    from allocation.entrypoints.http import server

    def serve_nobody(parts: object, _listening: object, announce: object, *_: object) -> bool:
        parts.close()  # type: ignore[attr-defined]
        announce(ELSEWHERE)  # type: ignore[operator]
        return True

    monkeypatch.setattr(server, "serve", serve_nobody)
    if warning is None:
        assert run("keys", "create", "shop", "--scope", "read").returncode == 0

    ended = run("serve", "--host", ELSEWHERE, *options)

    assert ended.returncode == 0
    assert ("access key" in ended.stderr) is (warning is not None)
    assert (warning or "Serving ") in ended.stderr
