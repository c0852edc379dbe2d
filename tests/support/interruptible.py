"""Runs a command that Ctrl-C reaches, even where whoever runs the tests has it ignored.

A script: `python interruptible.py COMMAND ...`. A shell has the jobs in its background ignore
interrupts, and what is ignored stays so in every child. The command takes this process's place.
"""

import os
import signal
import sys


def main(command: list[str]) -> None:
    """Become the command, with the signals of the keyboard as they are in a new terminal."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
