"""`allocation keys`."""

from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from allocation.access.keys import AccessKey, KeyText
from allocation.access.scopes import Scope
from allocation.bootstrap import now
from allocation.entrypoints.cli.console import (
    DatabaseOption,
    application,
    note,
    out,
    read_only,
    safe,
)
from allocation.entrypoints.cli.plain_table import table_of
from allocation.entrypoints.cli.raw_output import JsonOption, write_json, write_raw
from allocation.entrypoints.durations import as_duration
from allocation.entrypoints.key_details import (
    DEFAULT_OVERLAP,
    LONGEST_LIFETIME,
    KeyDetails,
    details,
)
from allocation.entrypoints.users import command_sender


def _lifetime(text: str) -> timedelta:
    lifetime = _duration(text)
    if not timedelta(0) < lifetime <= LONGEST_LIFETIME:
        raise typer.BadParameter(f"{text} is not between 1m and {LONGEST_LIFETIME.days}d")
    return lifetime


def _duration(text: str) -> timedelta:
    try:
        return as_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


ScopeOption = Annotated[
    list[Scope],
    typer.Option(
        "--scope",
        help="What the key permits: to read everything but the keys; to send the messages about "
        "orders, or about stock, and read; or everything. May be given several times.",
    ),
]
ExpiresOption = Annotated[
    timedelta | None,
    typer.Option(
        "--expires",
        metavar="DURATION",
        parser=_lifetime,
        help="When the key expires, from now: 90d, 12h or 30m. Without it, it never does.",
    ),
]
OverlapOption = Annotated[
    timedelta | None,
    typer.Option(
        "--overlap",
        metavar="DURATION",
        parser=_duration,
        help="How long the replaced key stays valid: 7d, 12h or 0m.",
        show_default=f"{DEFAULT_OVERLAP.days}d",
    ),
]
Key = Annotated[
    str,
    typer.Argument(
        metavar="KEY", help="The key's prefix, as shown by `list`, or its name.", show_default=False
    ),
]


def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Names the client.")],
    scopes: ScopeOption,
    expires: ExpiresOption = None,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Create a key and print it, once: only its hash is stored."""
    with application(database, create=True) as parts:
        expires_at = None if expires is None else parts.keys.clock() + expires
        text, key = parts.keys.create(name, scopes, expires_at, command_sender())
    if as_json:
        write_json({"key": str(text), **details(key, now())})
        return
    note(f"Created {_described(key)}.")
    _print_once(text)


def rotate(
    key: Key,
    overlap: OverlapOption = None,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Create a key that replaces another one, and print it, once.

    It has the name, the scopes and the lifetime of the replaced key, which stays valid meanwhile.
    """
    if overlap is None:  # the parser would be given a default that is no text
        overlap = DEFAULT_OVERLAP
    with application(database) as parts:
        text, new, old = parts.keys.rotate(key, overlap, command_sender())
    if as_json:
        write_json({"key": str(text), "replaced": details(old, now()), **details(new, now())})
        return
    note(f"Created {_described(new)}.")
    note(f"The replaced key, {old.prefix}, expires at {_shown(old.expires_at)}.")
    _print_once(text)


def revoke(
    key: Key,
    every: Annotated[
        bool, typer.Option("--all", help="Revoke all valid keys of this name.")
    ] = False,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Revoke a key for good; every server refuses it, and its sessions, within a second."""
    with application(database) as parts:
        revoked = parts.keys.revoke(key, command_sender(), every=every)
    if as_json:
        write_json({"keys": [details(each, now()) for each in revoked]})
        return
    for each in revoked:
        out.print(
            f"The key {safe(repr(each.name))}, {each.prefix}, is revoked since "
            f"{_shown(each.revoked_at)}, by {safe(each.revoked_by)}."
        )


def list_keys(as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """List all keys, also revoked and expired ones, oldest first."""
    keys = read_only(database, lambda queries: queries.keys())
    listed = [KeyDetails(**details(key, now())) for key in keys]
    if as_json:
        write_json({"keys": listed})
    elif listed:
        out.print(_table(listed))
    else:
        out.print(
            "There are no access keys: the service is open to every program of this machine. "
            "`allocation keys create` makes one."
        )


def _print_once(text: KeyText) -> None:
    note("This is the key. It is shown only now, since only its hash is stored:")
    write_raw(f"{text}\n".encode())  # alone, for `KEY=$(allocation keys create ...)`


def _described(key: AccessKey) -> str:
    scopes = ", ".join(scope for scope in Scope if scope in key.scopes)
    expiry = "never expires" if key.expires_at is None else f"expires at {_shown(key.expires_at)}"
    return f"the key {safe(repr(key.name))}, {key.prefix}: {scopes}; it {expiry}"


def _table(keys: list[KeyDetails]) -> Table:
    return table_of(
        {
            "name": [safe(key.name) for key in keys],
            "prefix": [key.prefix for key in keys],
            "scopes": [", ".join(key.scopes) for key in keys],
            "created": [_minute(key.created_at) for key in keys],
            "by": [safe(key.created_by) for key in keys],
            "expires": [_minute(key.expires_at) or "never" for key in keys],
            "last use": [_minute(key.used_at) or "never" for key in keys],
            "state": [key.state for key in keys],
            "revoked": [_minute(key.revoked_at) for key in keys],
            "revoked by": [safe(key.revoked_by or "") for key in keys],
        },
        "revoked",
        "revoked by",
    )


def _shown(time: datetime | None) -> str:
    return "" if time is None else time.isoformat(timespec="seconds")


def _minute(time: datetime | None) -> str:
    """A time for a table, in which it may break into two lines."""
    return "" if time is None else f"{time:%Y-%m-%d %H:%M} UTC"
