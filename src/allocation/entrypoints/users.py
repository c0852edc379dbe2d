"""The user of the operating system who runs a command."""

import os
import pwd

from allocation.access.callers import user_sender


def command_sender() -> str:
    """The sender of what this process does, such as `user:alice`.

    The name comes from the process's user id. Environment variables such as USER do not matter:
    anyone can set them. A user id without a name stands for itself.
    """
    user = os.getuid()
    try:
        return user_sender(pwd.getpwuid(user).pw_name)
    except KeyError:
        return user_sender(str(user))
