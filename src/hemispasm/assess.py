"""The whole path for one case: read, measure, review, compare, report, write. Start here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hemispasm.assessing import Measured, compare_case, measure_case, review_case
from hemispasm.formats.case import read_case
from hemispasm.formats.case_findings import CaseFindings
from hemispasm.reporting import case_report_html
from hemispasm.results import REPORT_FILE, RunContent, latest_run, write_run


@dataclass(frozen=True)
class Assessment:
    """What one run on one case yielded, and where it was written."""

    run: Path
    findings: CaseFindings
    measured: Measured

    @property
    def report(self) -> Path:
        """The report, a page that opens from disk."""
        return self.run / REPORT_FILE


def assess(
    folder: Path | str,
    *,
    fresh: bool = False,
    pictures: bool = True,
    progress: Callable[[str, float, float | None], None] | None = None,
) -> Assessment:
    """Measure every video of a case, apply the reviews, compare the visits, write a new run.

    Parameters
    ----------
    folder : path-like
        A case folder; see ``docs/reference/case-folder.md``.
    fresh : bool
        Measure again even where recording, sidecar and method are those of the latest run.
    pictures : bool
        False leaves the face out of the report.
    progress : callable, optional
        Called with the recording's label, seconds read and seconds there are.

    Returns
    -------
    Assessment
        The new run under ``results/``; earlier runs are never touched.

    Raises
    ------
    UsageError
        The folder is not a case, or holds no recording.
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
    page = case_report_html(case, effective, measured.traces, pictures=pictures)
    content = RunContent(
        machine=machine,
        reviewed=reviewed,
        report_html=page,
        recordings=measured.recordings,
        traces=measured.traces,
        reviews={visit.day: visit.review for visit in case.visits},
    )
    return Assessment(write_run(case, content), effective, measured)
