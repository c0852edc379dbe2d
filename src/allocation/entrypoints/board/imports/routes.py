"""`/board/import`: upload a file, see what it would do, import it, and fetch what was refused."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import File

from allocation.entrypoints.board.addresses import ROOT, import_page
from allocation.entrypoints.board.forms import redirect
from allocation.entrypoints.board.imports.board_kinds import IMPORTERS
from allocation.entrypoints.board.imports.job_store import JobStore
from allocation.entrypoints.board.imports.pages import form_page, job_page
from allocation.entrypoints.board.imports.reading_form import reading_of
from allocation.entrypoints.board.imports.received_jobs import job_of_form, received_job
from allocation.entrypoints.board.page_request import PageRequest
from allocation.entrypoints.board.pages import form_options, page_options, respond_uncached, show
from allocation.entrypoints.files import UnusableFile
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.errors import NotFound
from allocation.entrypoints.table_files.reading_options import InvalidOption
from allocation.errors import InvalidValue

SETTLING_TIME: Final = 0.5
"""Seconds for which a request waits for its job, so that most files need no page in between."""

_SENDS: Final = form_options(IMPORTERS)


@get(f"{ROOT}/import", **page_options())
async def import_form(request: Request[Any, Any, State]) -> Response[bytes]:
    """The form with the file, and the files that the caller has uploaded."""
    jobs = _jobs(request).of(caller_of(request.scope))
    chosen = request.query_params.get("kind", "")
    return await respond_uncached(request, lambda asked: form_page(asked, jobs, chosen))


@post(f"{ROOT}/import", **_SENDS)
async def upload(request: Request[Any, Any, State]) -> Response[Any]:
    """Receive a file, and read it."""
    try:
        job = await received_job(request, _jobs(request))
    except (InvalidValue, UnusableFile) as error:
        jobs, problem = _jobs(request).of(caller_of(request.scope)), str(error)
        return await show(request, form_page(PageRequest.of(request), jobs, problem=problem))
    await _jobs(request).settled(job, SETTLING_TIME)
    return redirect(import_page(job.id))


@get(f"{ROOT}/import/{{id:str}}", **page_options(IMPORTERS))
async def import_job(request: Request[Any, Any, State], id: FromPath[str]) -> Response[bytes]:
    """How a file was read, what it would do, how far its import is, or what it has come to."""
    job = _jobs(request).get(id, caller_of(request.scope))
    return await respond_uncached(request, lambda _: job_page(job))


@post(f"{ROOT}/import/{{id:str}}/read", **_SENDS)
async def read_again(request: Request[Any, Any, State], id: FromPath[str]) -> Response[Any]:
    """Read the file in another way."""
    job, form = await job_of_form(request, _jobs(request), id)
    try:
        reading = reading_of(form, job.kind.kind)
    except InvalidOption as error:
        return await show(request, job_page(job, str(error)))
    _jobs(request).read(job, caller_of(request.scope), reading)
    await _jobs(request).settled(job, SETTLING_TIME)
    return redirect(import_page(job.id))


@post(f"{ROOT}/import/{{id:str}}/run", **_SENDS)
async def run(request: Request[Any, Any, State], id: FromPath[str]) -> Response[Any]:
    """Import the file in the background."""
    job, _ = await job_of_form(request, _jobs(request), id)
    _jobs(request).run(job, caller_of(request.scope))
    await _jobs(request).settled(job, SETTLING_TIME)
    return redirect(import_page(job.id))


@post(f"{ROOT}/import/{{id:str}}/stop", **_SENDS)
async def stop(request: Request[Any, Any, State], id: FromPath[str]) -> Response[Any]:
    """Stop the work on the file after the rows in progress, or remove the file."""
    job, _ = await job_of_form(request, _jobs(request), id)
    if job.is_working:
        job.is_cancelled = True
        await _jobs(request).settled(job, SETTLING_TIME)
        return redirect(import_page(job.id))
    _jobs(request).remove(job)
    return redirect(f"{ROOT}/import")


@get(f"{ROOT}/import/{{id:str}}/refused", **page_options(IMPORTERS))
async def refused_rows(request: Request[Any, Any, State], id: FromPath[str]) -> File:
    """The refused rows with the reasons, in the form of the file."""
    job = _jobs(request).get(id, caller_of(request.scope))
    if job.is_working or not job.refused_path.exists():
        raise NotFound("There are no refused rows")
    return File(job.refused_path, filename=f"{job.name}.refused.csv", media_type="text/csv")


def _jobs(request: Request[Any, Any, State]) -> JobStore:
    jobs: JobStore = request.app.state.imports
    return jobs


ROUTES: Final = (import_form, upload, import_job, read_again, run, stop, refused_rows)
