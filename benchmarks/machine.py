"""What the figures were measured on."""

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # comes without types

import allocation
from allocation.adapters.sql.engine.sqlite_library import SQLITE


@dataclass(frozen=True, slots=True)
class Machine:
    """Facts without which a figure says little."""

    date: str
    processors: int
    python: str
    sqlite: str
    postgresql: str
    allocation: str
    """Where it was imported from, and its commit."""
    folder: str
    filesystem: str
    """Of the folder; on one in memory, durable commits cost nothing and tell nothing."""
    load: float
    """Processors that others were keeping busy when we started."""

    @property
    def in_memory(self) -> bool:
        """Whether the databases are on no disk at all."""
        return self.filesystem in ("tmpfs", "ramfs")


def facts(folder: Path, postgresql: str) -> Machine:
    """Of this machine, with the databases in this folder."""
    return Machine(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        processors=os.cpu_count() or 1,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        sqlite=SQLITE.dbapi.sqlite_version,
        postgresql=postgresql,
        allocation=f"{Path(allocation.__file__).parent} at {_commit()}",
        folder=str(folder),
        filesystem=_filesystem(folder),
        load=round(os.getloadavg()[0], 2),
    )


def _commit() -> str:
    output = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(allocation.__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return output.stdout.strip() or "no commit"


def _filesystem(folder: Path) -> str:
    """The kind of the filesystem that is mounted nearest above the folder."""
    mounted = {part.mountpoint: part.fstype for part in psutil.disk_partitions(all=True)}
    places = [folder.resolve(), *folder.resolve().parents]
    return next((str(mounted[str(p)]) for p in places if str(p) in mounted), "unknown")
