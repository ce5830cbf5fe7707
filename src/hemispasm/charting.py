"""From a case and its findings to the chart that reasoning sees."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from hemispasm.model.chart import Chart, Doubt, Observation
from hemispasm.model.finding import Finding, FindingsDocument
from hemispasm.model.treatment import Treatments
from hemispasm.reporting import main_recording

if TYPE_CHECKING:
    from hemispasm.formats.case import CaseFolder
    from hemispasm.formats.case_findings import CaseFindings

#: How the quality of an examination begins where answers contradict each other.
DOUBT = "contradiction: "


def make_chart(case: CaseFolder, findings: CaseFindings, as_of: date | None = None) -> Chart:
    """Return everything known about a case on one day.

    Parameters
    ----------
    case : CaseFolder
        The case as read.
    findings : CaseFindings
        Its findings, as reviewed where somebody has. Of several videos of one visit only the one
        that stands for the visit enters, so that nothing counts twice.
    as_of : date, optional
        Read the chart from this day: nothing later enters. By default the day of the last visit
        or treatment.

    Returns
    -------
    Chart
        Observations oldest first.
    """
    observed = [
        Observation(day=visit.day, finding=_with_source(finding, document))
        for visit in findings.visits
        for document in _documents(visit.recordings, visit.others)
        for finding in document.findings
    ]
    days = [visit.day for visit in case.visits] + _treatment_days(case)
    day = as_of or max(days, default=None)
    if day is None:
        day = max((o.day for o in observed), default=date.min)
    return Chart(
        case=case.case,
        as_of=day,
        observations=tuple(o for o in observed if o.day <= day),
        treatments=_until(case, day),
        doubts=tuple(
            Doubt(day=seen_on, words=reason.removeprefix(DOUBT))
            for seen_on, document in findings.everything()
            for reason in document.quality.reasons
            if reason.startswith(DOUBT) and seen_on <= day
        ),
    )


def _with_source(finding: Finding, document: FindingsDocument) -> Finding:
    """Let a finding say which recording it comes from, and so whether that was simulated."""
    if finding.recording is not None:
        return finding
    return finding.model_copy(update={"recording": document.recording})


def _documents(
    recordings: tuple[FindingsDocument, ...], others: tuple[FindingsDocument, ...]
) -> Iterable[FindingsDocument]:
    main = main_recording(recordings)
    return others if main is None else (main, *others)


def _treatment_days(case: CaseFolder) -> list[date]:
    if case.treatments is None:
        return []
    toxin = [cycle.day for cycle in case.treatments.toxin]
    return toxin + [operation.day for operation in case.treatments.operations]


def _until(case: CaseFolder, day: date) -> Treatments | None:
    if case.treatments is None:
        return None
    toxin = [cycle for cycle in case.treatments.toxin if cycle.day <= day]
    operations = [operation for operation in case.treatments.operations if operation.day <= day]
    return Treatments(
        toxin=tuple(sorted(toxin, key=lambda cycle: cycle.day)),
        operations=tuple(sorted(operations, key=lambda operation: operation.day)),
    )
