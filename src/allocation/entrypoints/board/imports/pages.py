"""The pages of imports: the form with the file, and the job of a file."""

from typing import Final

from allocation.entrypoints.board.formats import counted, number
from allocation.entrypoints.board.imports.board_kinds import permitted_kinds
from allocation.entrypoints.board.imports.jobs import ImportJob, Stage
from allocation.entrypoints.board.imports.reading_form import LABELS, in_words_of_form
from allocation.entrypoints.board.imports.reports import Report
from allocation.entrypoints.board.imports.upload import LARGEST
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.previews import LISTED
from allocation.entrypoints.board.verdicts import verdict

REFRESH: Final = 1
"""Seconds between two looks at a job that is working."""


def form_page(
    asked: PageRequest, jobs: list[ImportJob], chosen: str = "", problem: str = ""
) -> Page:
    """The form with the file; `problem` says why the last one was not received."""
    shown = [job.as_now() for job in jobs]
    context = {
        "title": "Import",
        "section": "Import",
        "kinds": permitted_kinds(asked.caller.permitted),
        "chosen": chosen,
        "jobs": shown,
        "megabytes": LARGEST // 1024**2,
        "problem": problem,
        "refresh": REFRESH if any(job.is_working for job in shown) else 0,
    }
    return Page("import.html", context, 400 if problem else 200)


def job_page(job: ImportJob, problem: str = "") -> Page:
    """The page of a job; `problem` says why it was not read again."""
    job = job.as_now()
    kind, report = job.kind.kind, job.report or job.trial
    context = {
        "title": f"{job.name} {job.stage.value}",
        "section": "Import",
        "job": job,
        "kind": kind,
        "stage": job.stage.name,
        "problem": in_words_of_form(problem or job.problem),
        "report": report,
        "refused_rows": [in_words_of_form(row) for row in report.first_refused] if report else [],
        "verdict": None if report is None else _verdict(report),
        "lines": [] if report is None else report.moves[:LISTED],
        "more_lines": 0 if report is None else max(0, report.line_counts.entries - LISTED),
        "rows_of_file": _rows_of_file(job),
        "importable": _importable(job),
        "labels": LABELS,
        "refresh": REFRESH if job.is_working else 0,
    }
    return Page("import_job.html", context, 400 if problem else 200)


def _verdict(report: Report) -> str:
    return verdict(report.line_counts, complete=report.is_counted)


def _rows_of_file(job: ImportJob) -> str:
    """How many rows the file has, as far as that is known: "about 48 000 order lines"."""
    if job.trial is None or job.stage in (Stage.READING, Stage.UNREADABLE):
        return ""
    if job.trial.is_whole:
        return _counted(job.trial.rows, job)
    return f"about {number(job.trial.estimate)} {job.kind.kind.plural}"


def _importable(job: ImportJob) -> str:
    """What an import would take in, as far as that is known; empty if every row is refused."""
    if job.trial is None or not job.trial.is_whole:
        return _rows_of_file(job)
    rows = job.trial.rows - job.trial.refused
    return _counted(rows, job) if rows else ""


def _counted(rows: int, job: ImportJob) -> str:
    return counted(rows, job.kind.kind.singular, job.kind.kind.plural)
