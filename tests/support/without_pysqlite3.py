"""Runs a Python module as on a machine for which pysqlite3 has no wheel.

A script: `python without_pysqlite3.py [--sqlite VERSION] MODULE ARGUMENT ...`. With `--sqlite`
Python's own SQLite says that it is this version, as on a system that is that old.
"""

import runpy
import sqlite3.dbapi2
import sys


def main(words: list[str]) -> None:
    """Run the module, for which pysqlite3 is not there."""
    if words[0] == "--sqlite":
        vars(sqlite3.dbapi2)["sqlite_version_info"] = tuple(map(int, words[1].split(".")))
        words = words[2:]
    sys.modules["pysqlite3"] = None  # type: ignore[assignment]  # so Python finds no such module
    sys.argv = words
    sys.path[0] = ""  # as `python -m` has it, which stands where this script's folder does
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
