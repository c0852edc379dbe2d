"""A backup of a SQLite database, made while it is in use."""

import errno
import os
from pathlib import Path
from typing import Final

from allocation.adapters.sql.backups.copies import Progress, path_of, sync, using, verified_copy
from allocation.messaging.copy_errors import UnusableCopy

_NO_LINKS: Final = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def back_up(url: str, target: Path, progress: Progress) -> str:
    """Make a whole, verified copy at this path, for its owner only; the revision of its tables.

    It has its name when it is whole and on disk, and not before.

    Raises:
        UnusableCopy: there is something at this path, which is not replaced; or no folder for it.
        NoSuchDatabase: there is no such database.
        SqliteOnly: the database is no file.
        DamagedDatabase: the contents of the database do not fit together.
        SchemaError: it is no database of this program, or newer than it.
        StoreUnavailable: the database cannot be read, or the copy not be written.
    """
    source = path_of(url, create=False)
    folder = target.absolute().parent
    if not folder.is_dir():
        raise UnusableCopy(target, "there is no such folder")
    _check_free(target)
    with verified_copy(source, folder, progress) as (copy, revision), using(target):
        _give_name(copy, target)
        sync(folder)
    return revision


def _give_name(copy: Path, target: Path) -> None:
    try:
        os.link(copy, target)  # not renamed: that would replace what somebody has put there
    except FileExistsError as error:
        raise _taken(target) from error
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _check_free(target)
        copy.rename(target)


def _check_free(target: Path) -> None:
    if os.path.lexists(target):
        raise _taken(target)


def _taken(target: Path) -> UnusableCopy:
    return UnusableCopy(target, "is there already: choose another name for the backup")
