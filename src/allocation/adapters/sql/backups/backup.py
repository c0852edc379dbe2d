"""Backs up a SQLite database, even while it is in use."""

import errno
import os
from pathlib import Path
from typing import Final

from allocation.adapters.sql.backups.copies import Progress, path_of, sync, using, verified_copy
from allocation.messaging.database_errors import UnusableCopy

_NO_LINKS: Final = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def back_up(url: str, target: Path, progress: Progress) -> str:
    """Make a verified copy at a new path, readable by its owner only.

    The copy gets its name only once it is complete and on disk.

    Returns:
        The revision of its tables.

    Raises:
        UnusableCopy: the path exists already, or its directory does not.
        NoSuchDatabase: the database does not exist.
        SqliteOnly: the database is PostgreSQL's.
        DamagedDatabase: the database fails the integrity check.
        SchemaError: the database is not this program's, or newer than it.
        StoreUnavailable: the database cannot be read, or the copy cannot be written.
    """
    source = path_of(url, create=False)
    folder = target.absolute().parent
    if not folder.is_dir():
        raise UnusableCopy(target, "its directory does not exist")
    _check_free(target)
    with verified_copy(source, folder, progress) as (copy, revision), using(target):
        _give_name(copy, target)
        sync(folder)
    return revision


def _give_name(copy: Path, target: Path) -> None:
    try:
        os.link(copy, target)  # a rename would replace a file created there meanwhile
    except FileExistsError as error:
        raise _exists(target) from error
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _check_free(target)
        copy.rename(target)


def _check_free(target: Path) -> None:
    if os.path.lexists(target):
        raise _exists(target)


def _exists(target: Path) -> UnusableCopy:
    return UnusableCopy(target, "the file already exists; choose another name for the backup")
