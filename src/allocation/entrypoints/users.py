"""The user of the operating system who runs a command."""

import os
import pwd
from typing import Final

from allocation.access.callers import user_sender
from allocation.entrypoints.visible import visible

LONGEST_NAME: Final = 200
"""The number of characters of a user's name that are recorded."""


def command_sender() -> str:
    """The sender of the messages of a command, such as `user:ada`.

    A user without an entry in the system's database is named by the number, as in a container.
    """
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = str(number)
    return user_sender(visible(name)[:LONGEST_NAME])
