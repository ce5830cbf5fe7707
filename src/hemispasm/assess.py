"""The whole path for one case: read, measure, review, compare, reason, write. Start here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hemispasm.assessing import Measured, compare_case, measure_case, review_case
from hemispasm.charting import make_chart
from hemispasm.formats.case import read_case
from hemispasm.formats.case_findings import CaseFindings
from hemispasm.model.plan import Plan
from hemispasm.model.treatment import Centre
from hemispasm.papers import make_papers
from hemispasm.reason.plan import make_plan
from hemispasm.reporting import Reasoned, case_document
from hemispasm.results import REPORT_FILE, REPORT_PDF_FILE, RunContent, latest_run, write_run


@dataclass(frozen=True)
class Assessment:
    """What one run on one case yielded, and where it was written."""

    run: Path
    findings: CaseFindings
    measured: Measured
    plan: Plan

    @property
    def report(self) -> Path:
        """The report, a page that opens from disk."""
        return self.run / REPORT_FILE

    @property
    def report_pdf(self) -> Path:
        """The same report on paper."""
        return self.run / REPORT_PDF_FILE


def assess(
    folder: Path | str,
    *,
    fresh: bool = False,
    pictures: bool = True,
    centre: Centre | None = None,
    as_of: date | None = None,
    progress: Callable[[str, float, float | None], None] | None = None,
) -> Assessment:
    """Read, measure, review, compare and reason over a case, and write a new run.

    A case without any recording is reasoned over from its history and examination; nothing that
    measures a recording is then even loaded.

    Parameters
    ----------
    folder : path-like
        A case folder; see ``docs/reference/case-folder.md``.
    fresh : bool
        Measure again even where recording, sidecar and method are those of the latest run.
    pictures : bool
        False leaves the face out of the report.
    centre : Centre, optional
        The clinic's own audit; it replaces the published default.
    as_of : date, optional
        Reason as of this day; by default the day of the last visit or treatment.
    progress : callable, optional
        Called with the recording's label, seconds read and seconds there are.

    Returns
    -------
    Assessment
        The new run under ``results/``; earlier runs are never touched.

    Raises
    ------
    UsageError
        The folder is not a case, or holds neither a recording nor an examination.
    DecodeError
        None of its recordings can be decoded.

    Examples
    --------
    >>> assess("cases/P-001").report.name  # doctest: +SKIP
    'report.html'

    >>> assess("nowhere")
    Traceback (most recent call last):
        ...
    hemispasm.model.errors.UsageError: nowhere holds no case.toml. Make a case.toml with one \
line: id = "P-001".
    """
    case = read_case(folder)
    measured = measure_case(case, None if fresh else latest_run(case), progress)
    machine = compare_case(case, measured.findings)
    reviewed = review_case(case, measured.findings)
    effective = reviewed or machine
    chart = make_chart(case, effective, as_of)
    reasoned = Reasoned(chart, make_plan(chart, centre))
    report = case_document(
        case, effective, measured.traces, reasoned, pictures=pictures, views=measured.views
    )
    content = RunContent(
        machine=machine,
        reviewed=reviewed,
        papers=make_papers(report, reasoned),
        recordings=measured.recordings,
        traces=measured.traces,
        reviews={visit.day: visit.review for visit in case.visits},
        plan=reasoned.plan,
        views=measured.views,
    )
    return Assessment(write_run(case, content), effective, measured, reasoned.plan)
