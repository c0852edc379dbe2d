"""The jobs that requests are about: that of a new file, and that of a form."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from litestar import Request
from litestar.datastructures import State

from allocation.entrypoints.board.imports.board_kinds import BoardKind, kind_named
from allocation.entrypoints.board.imports.job_store import JobStore
from allocation.entrypoints.board.imports.jobs import ImportJob
from allocation.entrypoints.board.imports.upload import receive_file
from allocation.entrypoints.http.access.declarations import refuse
from allocation.entrypoints.http.access.open_sessions import check_token
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.forms import form_of
from allocation.entrypoints.visible import visible

LONGEST_NAME: Final = 200
"""The maximum length of a file's name, in characters."""

MOST_FIELDS: Final = 40


async def received_job(request: Request[Any, Any, State], jobs: JobStore) -> ImportJob:
    """The job of the file in a form.

    Raises:
        InvalidValue: the form is incomplete.
        ForbiddenScope: the caller may not import files of this kind.
        HttpError: the file is too large, the token is wrong, or there are too many files.
        UnusableFile: the file cannot be written.
    """
    caller = caller_of(request.scope)
    kinds = list[BoardKind]()

    def check(fields: Mapping[str, str]) -> None:
        check_token(request.scope, fields.get("csrf"))
        kind = kind_named(fields.get("kind"))
        _check_scope(request, kind)
        kinds.append(kind)

    with jobs.receiving(caller) as folder:
        name = await receive_file(request, folder / "uploaded", check)
        return jobs.add(folder, caller, kinds[0], _shown(name))


async def job_of_form(
    request: Request[Any, Any, State], jobs: JobStore, id: str
) -> tuple[ImportJob, Mapping[str, str]]:
    """The job that a form is about, and the form.

    Raises:
        NotFound: there is no such job, or it belongs to another caller.
        ForbiddenScope: the caller may not import files of this kind any more.
        InvalidCsrfToken: the form does not have the token of the session.
    """
    form = await form_of(request, most_fields=MOST_FIELDS)
    check_token(request.scope, form.get("csrf"))
    job = jobs.get(id, caller_of(request.scope))
    _check_scope(request, job.kind)
    return job, form


def _check_scope(request: Request[Any, Any, State], kind: BoardKind) -> None:
    caller = caller_of(request.scope)
    if kind.scope not in caller.permitted:
        refuse(caller, {kind.scope})


def _shown(name: str) -> str:
    """The name of a file without its folder, as pages show it."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return visible(last)[:LONGEST_NAME] or "file"
