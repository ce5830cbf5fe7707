"""From a case and its findings to the chart that reasoning sees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from hemispasm.model.chart import Chart, Doubt, Observation
from hemispasm.model.finding import Finding, FindingsDocument
from hemispasm.model.quality import Grade
from hemispasm.model.treatment import Treatments
from hemispasm.reporting import emg_recordings, main_recording

if TYPE_CHECKING:
    from hemispasm.formats.case import CaseFolder
    from hemispasm.formats.case_findings import CaseFindings, VisitDocuments

#: How the quality of an examination begins where answers contradict each other.
DOUBT = "contradiction: "

#: How the methods of activity at rest begin.
_AT_REST = "emg_spontaneous/"
_TESTS = ("emg.lateral_spread", "emg.z_l", "emg.blink_reflex", "emg.f_", "emg.cmap")
_SHOWN = {"present": 2.0, "absent": 1.0, "undetermined": 0.0}
_GRADES = (Grade.NOT_ASSESSABLE, Grade.LIMITED, Grade.MEASURABLE)

#: Findings on one vessel at one stretch of the nerve; several vessels of a side have one each.
_CONFLICT = (
    "imaging.vessel_nerve_distance", "imaging.vessel_contact", "imaging.conflict_grade",
    "imaging.nerve_deformity", "imaging.contact_length", "imaging.nerve_displacement",
    "imaging.nerve_indentation",
)  # fmt: skip
_VERDICTS = {"present": 2.0, "not_assessable": 1.0, "absent": 0.0}
#: A side that is class C for these alone says nothing against the series: clicks or labels wait.
_CLICKS = ("ends_unmarked", "seeds_unconfirmed", "side_conflict")
_STUDIES = {"tof": "mra", "ct": "ct", "cta": "cta", "dsa": "dsa"}
_MRI = ("ciss", "t1", "t1_contrast", "t2", "flair")


def make_chart(case: CaseFolder, findings: CaseFindings, as_of: date | None = None) -> Chart:
    """Return everything known about a case on one day.

    Parameters
    ----------
    case : CaseFolder
        The case as read.
    findings : CaseFindings
        Its findings, as reviewed where somebody has. Of several videos of one visit only the one
        that stands for the visit enters, so that nothing counts twice; of several EMG recordings
        one for each test (see `pick_emg_findings`); of several vessels at one nerve one (see
        `pick_imaging_findings`).
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
        for finding, document in _entering(visit)
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


def pick_emg_findings(
    documents: Iterable[FindingsDocument],
) -> tuple[tuple[Finding, FindingsDocument], ...]:
    """Return the EMG findings of one visit that enter its chart, each once.

    Parameters
    ----------
    documents : iterable of FindingsDocument
        The EMG recordings of one visit, in their order.

    Returns
    -------
    tuple of (Finding, FindingsDocument)
        Activity at rest from the longest recording of the best grade, as with videos. A response
        that was looked for in several trains (another branch, another muscle) is that of the train
        that shows it most clearly, for each side: found in one direction is found.
    """
    known = emg_recordings(documents)
    chosen: list[tuple[Finding, FindingsDocument]] = []
    resting = [d for d in known if d.find("emg.affected_side") is not None]
    rest = max(resting, key=_rest_worth, default=None)
    if rest is not None:
        chosen += [(f, rest) for f in rest.findings if f.method.startswith(_AT_REST)]
    evoked = [
        (finding, document)
        for document in known
        for finding in document.findings
        if not finding.method.startswith(_AT_REST)
    ]
    best: dict[tuple[str, object], FindingsDocument] = {}
    clearness: dict[tuple[str, object], tuple[float, ...]] = {}
    for finding, document in evoked:
        key = (_test_of(finding.code), finding.side)
        worth = _response_worth(finding, document)
        if key not in clearness or worth > clearness[key]:
            best[key], clearness[key] = document, worth
    chosen += [(f, d) for f, d in evoked if best[(_test_of(f.code), f.side)] is d]
    return tuple(chosen)


def pick_imaging_findings(
    documents: Iterable[FindingsDocument],
) -> tuple[tuple[Finding, FindingsDocument], ...]:
    """Return the findings of a visit's MRI examination that enter its chart.

    Parameters
    ----------
    documents : iterable of FindingsDocument
        The recordings of one visit.

    Returns
    -------
    tuple of (Finding, FindingsDocument)
        Which study it was, the class of each side, the checklist, and of each side the one vessel
        and stretch of nerve that speaks most for contact: seen, then undecided, then none, each by
        its probability. So no side is free of contact while a vessel on it could not be judged. A
        vessel that a person rejected is passed over. A class that only says that nobody has set or
        confirmed the clicks says nothing about the series and stays out.
    """
    chosen: list[tuple[Finding, FindingsDocument]] = []
    for document in (d for d in documents if d.recording.kind == "imaging"):
        chosen += [(finding, document) for finding in _studies(document)]
        groups: dict[tuple[object, ...], list[Finding]] = {}
        for finding in document.findings:
            if finding.code in _CONFLICT:
                where = (finding.side, finding.extra("segment"), finding.extra("candidate"))
                groups.setdefault(where, []).append(finding)
            elif finding.code == "imaging.series":
                continue
            elif finding.code != "imaging.assessability":
                chosen.append((finding, document))
            elif not _waits_for_clicks(finding):
                # That nothing can be measured is an answer as sure as any.
                sure = Grade.LIMITED if finding.value == "C" else finding.quality
                chosen.append((finding.model_copy(update={"quality": sure}), document))
        for side in dict.fromkeys(where[0] for where in groups):
            own = [found for where, found in groups.items() if where[0] is side]
            chosen += [(f, document) for f in _agreeing(max(own, key=_contact_worth))]
    return tuple(chosen)


def _agreeing(group: list[Finding]) -> list[Finding]:
    """Leave out a likeliest grade of contact where contact itself was left undecided."""
    contact = next((f.value for f in group if f.code == "imaging.vessel_contact"), None)
    undecided = contact == "not_assessable"
    return [f for f in group if not (undecided and f.code == "imaging.conflict_grade")]


def _contact_worth(group: list[Finding]) -> tuple[float, ...]:
    """Rank one vessel at one stretch by how much it speaks for contact."""
    contact = next((f for f in group if f.code == "imaging.vessel_contact"), None)
    if contact is None or not isinstance(contact.value, str):
        return -1.0, 0.0
    p_contact = contact.extra("p_contact")
    return _VERDICTS[contact.value], -1.0 if p_contact is None else float(p_contact)


def _waits_for_clicks(assessed: Finding) -> bool:
    codes = [part.partition(":")[0].strip() for part in (assessed.reason or "").split(";")]
    return assessed.value == "C" and all(code in _CLICKS for code in codes)


def _studies(document: FindingsDocument) -> Iterator[Finding]:
    """Yield which studies the series are, so that nobody orders again what is there."""
    roles = [str(f.value) for f in document.findings if f.code == "imaging.series"]
    roles = roles or re.findall(r"\w+", str(document.provenance.settings.get("series")))
    classes = [f for f in document.findings if f.code == "imaging.assessability"]
    fine = any(f.value in ("A", "B") or _waits_for_clicks(f) for f in classes)
    values = [_STUDIES[role] for role in roles if role in _STUDIES]
    if any(role in _MRI for role in roles):
        values.append("mri_high_resolution" if fine and "ciss" in roles else "mri_routine")
    for value in dict.fromkeys(values):
        yield Finding(
            code="imaging.study", value=value, quality=Grade.MEASURABLE, method="imaging/1"
        )


def _rest_worth(document: FindingsDocument) -> tuple[float, ...]:
    verdict = document.find("emg.affected_side")
    seconds = [
        float(f.extra("exposure_s", 0.0) or 0.0)
        for f in document.findings
        if f.code == "emg.spasm_rate"
    ]
    grade = Grade.NOT_ASSESSABLE if verdict is None else verdict.quality
    return float(_GRADES.index(grade)), max(seconds, default=document.quality.analysed_s)


def _test_of(code: str) -> str:
    return next((test for test in _TESTS if code.startswith(test)), code)


def _response_worth(finding: Finding, document: FindingsDocument) -> tuple[float, ...]:
    """Rank what speaks for a test: assessable, shown, then by the evidence and the sweeps."""
    grade = float(_GRADES.index(finding.quality))
    shown = _SHOWN.get(finding.value, 0.5) if isinstance(finding.value, str) else -1.0
    score, count = (finding.extra(key) or 0.0 for key in ("score", "count"))
    return grade, shown, float(score), float(count), document.quality.analysed_s


def _entering(visit: VisitDocuments) -> Iterator[tuple[Finding, FindingsDocument]]:
    """Yield what enters the chart: main video, EMG of each test, a vessel a side, all records."""
    main = main_recording(visit.recordings)
    if main is not None:
        yield from ((finding, main) for finding in main.findings)
    yield from pick_emg_findings(visit.recordings)
    yield from pick_imaging_findings(visit.recordings)
    for document in visit.others:
        yield from ((finding, document) for finding in document.findings)


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
