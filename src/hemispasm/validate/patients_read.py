"""Hold what the product says of a simulated case against what is true of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hemispasm.model.side import Side
from hemispasm.validate.patients_case import (
    ClockSaid,
    DistanceSaid,
    EffectSaid,
    Measure,
    Outcome,
    RateSaid,
    SideSaid,
    SpreadSaid,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hemispasm.formats.case_findings import CaseFindings, VisitDocuments
    from hemispasm.model.finding import Finding
    from hemispasm.model.plan.gates import SideView
    from hemispasm.simulate.mri.truth import MriTruth

Truth = dict[str, Any]
NAMED = ("left", "right", "both")
DISTANCE = "imaging.vessel_nerve_distance"
ON_BRAINSTEM = ("root_exit", "attached")
CHANGES: dict[str, Measure] = {
    "video.spasm_rate": "spasm_rate",
    "video.spasm_time_fraction": "time_in_spasm",
    "video.spasm_closure": "closure",
}
TRUE_NAMES: dict[Measure, str] = {
    "spasm_rate": "rate_per_min",
    "time_in_spasm": "time_fraction",
    "closure": "median_closure",
}


def judge_side(true: str, said: str) -> Outcome:
    """Return how an answer came out; a side without spasm that is named is wrong.

    One of two affected sides, ``none_seen`` and ``uncertain`` are refusals: they name no side that
    is healthy.

    Examples
    --------
    >>> judge_side("left", "left"), judge_side("left", "uncertain"), judge_side("left", "both")
    ('right', 'refused', 'wrong')
    >>> judge_side("both", "left"), judge_side("none_seen", "none_seen")
    ('refused', 'right')
    """
    if said == true:
        return "right"
    if said not in NAMED:
        return "refused"
    if true == "both":
        return "refused"
    return "wrong"


def read_sides(found: CaseFindings, view: SideView, truth: Truth) -> tuple[SideSaid, ...]:
    """Return what every instrument says of the side at the first visit.

    Parameters
    ----------
    found : CaseFindings
        As the assessment wrote them.
    view : SideView
        The side by everything in the case, with history and examination.
    truth : dict
        As ``patient.truth.json`` holds it.
    """
    first, true = found.visits[0], str(truth["affected_side"])
    shown = str(truth["visits"][0]["video"].get("affected_side", true))
    video, why_video = _named(_findings(first, "video.affected_side", "video"))
    emg, why_emg = _named(_findings(first, "emg.affected_side", "emg"))
    joint = joint_side(video, emg, _joint_verdict(first))
    touching = imaging_side(_findings(first, "imaging.vessel_contact", "imaging"))
    whole = "conflict" if view.conflict else str(view.side or "uncertain")
    rows = (
        ("video", shown, video, why_video),
        ("emg", true, emg, why_emg),
        ("joint", true, joint, None),
        ("imaging", true, touching, None),
        ("case", true, whole, None),
    )
    return tuple(
        SideSaid(
            instrument=name, true=right, said=said, outcome=judge_side(right, said), reason=why
        )
        for name, right, said, why in rows
        if name != "imaging" or truth["visits"][0].get("imaging")
    )


def joint_side(video: str, emg: str, verdict: str | None) -> str:
    """Return the side that video and EMG name together: one names it, the other does not object.

    Parameters
    ----------
    video, emg : str
        What each names.
    verdict : str, optional
        ``joint.side_agreement``, where both were joined.

    Examples
    --------
    >>> joint_side("left", "uncertain", None), joint_side("left", "right", None)
    ('left', 'conflict')
    >>> joint_side("left", "left", "conflict"), joint_side("none_seen", "uncertain", None)
    ('conflict', 'uncertain')
    """
    named = {said for said in (video, emg) if said in NAMED}
    if verdict == "conflict" or len(named) > 1:
        return "conflict"
    return named.pop() if named else "uncertain"


def imaging_side(contacts: Sequence[Finding]) -> str:
    """Return the side on which a vessel is said to touch the facial nerve."""
    touched = {str(f.side) for f in contacts if f.value == "present" and f.side is not None}
    if not contacts:
        return "missing"
    if not touched:
        return "uncertain"
    return "both" if len(touched) > 1 else touched.pop()


def read_rates(found: CaseFindings, truth: Truth, sides: Iterable[str]) -> tuple[RateSaid, ...]:
    """Return the rate of every affected side in every video."""
    rows = []
    for number, (visit, true) in enumerate(zip(found.visits, truth["visits"], strict=True)):
        for side in sides:
            finding = _of_side(_findings(visit, "video.spasm_rate", "video"), side)
            long_run = true["video"].get("long_run", {}).get(side, {}).get("rate_per_min")
            rows.append(
                RateSaid(
                    visit=number,
                    side=side,
                    true_per_min=float(true["video"][side]["rate_per_min"]),
                    long_run_per_min=None if long_run is None else float(long_run),
                    said_per_min=_number(finding),
                    interval=None if finding is None else finding.interval,
                    visible=round(true["video"][side].get("count", 0)),
                    faint=round(true["video"][side].get("faint", 0)),
                )
            )
    return tuple(rows)


def read_distances(
    found: CaseFindings, scans: Mapping[int, MriTruth], affected: Sequence[str]
) -> tuple[DistanceSaid, ...]:
    """Return the nearest distance on both sides of every MRI.

    A conflict on the brainstem is compared with what is said of that stretch, to the surface; one
    in the cistern with the smallest distance said of the free course.

    Parameters
    ----------
    found : CaseFindings
        As the assessment wrote them.
    scans : mapping of int to MriTruth
        By number of the visit.
    affected : sequence of str
        Sides with spasm.
    """
    rows = []
    for number, scan in scans.items():
        for side in (Side.LEFT, Side.RIGHT):
            conflict = scan.set_conflict(side) or scan.nearest(side)
            if conflict is None:
                continue
            attached = conflict.segment.value in ON_BRAINSTEM
            true = conflict.surface_distance_mm if attached else _nearest_free(scan, side)
            finding = _nearest_said(found.visits[number], side, attached=attached)
            inner = None if finding is None else finding.extra("interval_phantom")
            rows.append(
                DistanceSaid(
                    visit=number,
                    side=side.value,
                    affected=side.value in affected,
                    attached=attached,
                    true_mm=conflict.distance_mm if true is None else true,
                    said_mm=_number(finding),
                    interval=None if finding is None else finding.interval,
                    interval_phantom=None if inner is None else (float(inner[0]), float(inner[1])),
                    reason="not_measured" if finding is None else finding.reason,
                )
            )
    return tuple(rows)


def _nearest_free(scan: MriTruth, side: Side) -> float | None:
    free = [
        c.distance_mm
        for c in scan.conflicts
        if c.side is side and c.segment.value not in ON_BRAINSTEM
    ]
    return min(free, default=None)


def _nearest_said(visit: VisitDocuments, side: Side, *, attached: bool) -> Finding | None:
    """Return the smallest printed distance of the place; without any, one that says why."""
    mine = [
        f
        for f in _findings(visit, DISTANCE, "imaging")
        if f.side is side and (f.extra("segment") in ON_BRAINSTEM) is attached
    ]
    printed = [f for f in mine if _number(f) is not None]
    if printed:
        return min(printed, key=lambda f: float(f.value or 0.0))
    return mine[0] if mine else None


def read_spreads(
    found: CaseFindings, truth: Truth, affected: Sequence[str]
) -> tuple[SpreadSaid, ...]:
    """Return the lateral spread of every stimulated side at every visit."""
    rows = []
    for number, (visit, true) in enumerate(zip(found.visits, truth["visits"], strict=True)):
        for side, spread in true["lateral_spread"].items():
            mine = [
                str(f.value)
                for f in _findings(visit, "emg.lateral_spread", "emg")
                if str(f.side) == side
            ]
            rows.append(
                SpreadSaid(
                    visit=number,
                    side=side,
                    affected=side in affected,
                    true="present" if spread["present"] else "absent",
                    said=spread_said(mine),
                )
            )
    return tuple(rows)


def spread_said(values: Sequence[str]) -> str:
    """Return one answer for a side from those of its recordings.

    Examples
    --------
    >>> spread_said(["absent", "present"]), spread_said(["absent", "undetermined"]), spread_said([])
    ('present', 'undetermined', 'missing')
    """
    for word in ("present", "undetermined", "absent"):
        if word in values:
            return word
    return "missing"


def read_clocks(found: CaseFindings, truth: Truth, *, marks: bool) -> tuple[ClockSaid, ...]:
    """Return the offset of the clocks at every visit, at the moment for which it is stated."""
    rows = []
    for number, (visit, true) in enumerate(zip(found.visits, truth["visits"], strict=True)):
        stated = [f for d in visit.joint for f in d.findings if f.code == "joint.clock_offset"]
        finding = stated[0] if stated else None
        value = _number(finding)
        if finding is None or value is None:
            why = "not_joined" if finding is None else finding.reason
            rows.append(ClockSaid(visit=number, marks=marks, error_ms=None, reason=why))
            continue
        at_s = float(finding.extra("at_s") or 0.0)
        right = true["emg"]["offset_s"] + 1e-6 * true["emg"]["drift_ppm"] * at_s
        ends = finding.interval
        rows.append(
            ClockSaid(
                visit=number,
                marks=marks,
                error_ms=round(1000.0 * (value - right), 3),
                inside=None if ends is None else ends[0] <= right <= ends[1],
                found_by=finding.extra("found_by"),
            )
        )
    return tuple(rows)


def read_effects(found: CaseFindings, truth: Truth, sides: Iterable[str]) -> tuple[EffectSaid, ...]:
    """Return what treatment changed, by each measure that both visits hold.

    The truth is that of the long run, minutes that nobody filmed, where the case has it.
    """
    if truth.get("treatment", "none") == "none" or len(found.visits) < 2:
        return ()
    before, after = truth["visits"][0]["video"], truth["visits"][-1]["video"]
    rows = []
    for side in sides:
        for code, measure in CHANGES.items():
            stated = [
                f for f in found.changes if f.extra("of") == code and str(f.side or "") == side
            ]
            finding = stated[0] if stated else None
            rows.append(
                EffectSaid(
                    measure=measure,
                    side=side,
                    true_change=true_change(before, after, side, measure),
                    said=_number(finding),
                    interval=None if finding is None else finding.interval,
                    reason="not_compared" if finding is None else finding.reason,
                )
            )
    return tuple(rows)


def true_change(before: Truth, after: Truth, side: str, measure: Measure) -> float | None:
    """Return the relative change of a measure, None where there was nothing before.

    Examples
    --------
    >>> before, after = ({"left": {"time_fraction": t}} for t in (0.2, 0.05))
    >>> true_change(before, after, "left", "time_in_spasm")
    -0.75
    """
    old, new = (_true_value(video, side, measure) for video in (before, after))
    return None if not old or new is None else round((new - old) / old, 4)


def _true_value(video: Truth, side: str, measure: Measure) -> float | None:
    name = TRUE_NAMES[measure]
    longer = video.get("long_run", {}).get(side, {})
    value = float(longer.get(name, video[side][name]))
    # Without a spasm there is no depth of one.
    return None if measure == "closure" and value == 0.0 else value


def read_grades(found: CaseFindings) -> dict[str, str]:
    """Return the quality of each recording, failures included."""
    grades = {}
    for number, visit in enumerate(found.visits):
        for place, document in enumerate(visit.recordings):
            name = f"{number}:{place}:{document.recording.kind}"
            grades[name] = document.quality.grade.value
        for failure in visit.failures:
            grades[f"{number}:{failure.kind}:{failure.number}"] = failure.code
    return grades


def _findings(visit: VisitDocuments, code: str, kind: Any) -> list[Finding]:
    return [f for d in visit.of_kind(kind) for f in d.findings if f.code == code]


def _named(findings: Sequence[Finding]) -> tuple[str, str | None]:
    return (str(findings[0].value), findings[0].reason) if findings else ("missing", None)


def _joint_verdict(visit: VisitDocuments) -> str | None:
    stated = [f for d in visit.joint for f in d.findings if f.code == "joint.side_agreement"]
    return str(stated[0].value) if stated else None


def _of_side(findings: Sequence[Finding], side: str) -> Finding | None:
    return next((f for f in findings if str(f.side or "") == side), None)


def _number(finding: Finding | None) -> float | None:
    value = None if finding is None else finding.value
    return float(value) if isinstance(value, float | int) else None
