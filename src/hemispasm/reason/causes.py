"""Possible causes, each with what is known of it: reported, suggested, not seen, not looked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal

from hemispasm.model.base import Noun
from hemispasm.model.chart import Chart, Doubt, Observation
from hemispasm.model.finding import Origin
from hemispasm.model.plan.common import Basis, Because
from hemispasm.model.plan.differential import CauseView, PossibleCause
from hemispasm.model.plan.gates import Gate
from hemispasm.model.side import Side
from hemispasm.model.vocabulary import lookup_code
from hemispasm.reason.conditions import Condition, Reasons, Scene, read_table, show, unique
from hemispasm.reason.facts import FACTS
from hemispasm.reason.records import decompressions, operation_reason, same_side
from hemispasm.reason.sides import view_side

REPORT = "imaging.radiologist_report"
#: Readings that a conclusion "no secondary cause" cannot stand beside.
LESIONS = (
    "imaging.cpa_mass",
    "imaging.parotid_mass",
    "imaging.vascular_malformation",
    "imaging.aneurysm_or_ectasia",
    "imaging.demyelination",
    "imaging.brainstem_lesion",
)
Status = Literal["reported", "suggested", "not_seen", "not_assessable", "not_looked"]
_NOT_SEEN = ("not_seen", "absent")


class CauseRule(Noun):
    """One row of ``causes.toml``."""

    name: Literal[
        "tumour", "malformation", "demyelination", "adhesion", "post_paralytic", "injury",
        "brainstem",
    ]  # fmt: skip
    evidence: tuple[str, ...]
    report_covers: bool = False
    reported: tuple[Condition, ...]
    suggested: tuple[Condition, ...]
    gates: tuple[str, ...]
    not_seen: tuple[str, ...]


@cache
def load_cause_rules() -> tuple[CauseRule, ...]:
    """Return the rule of every cause but the vessel.

    Examples
    --------
    >>> load_cause_rules()[0].name
    'tumour'
    """
    return tuple(CauseRule.model_validate(entry) for entry in read_table("causes")["cause"])


def view_causes(chart: Chart, gates: Sequence[Gate]) -> CauseView:
    """Return every possible cause with its status.

    Parameters
    ----------
    chart : Chart
        The chart.
    gates : sequence of Gate
        The gates that fired on it; some point to a cause.

    Returns
    -------
    CauseView
        The vessel first, then the secondary causes; ``none_found`` last, and only when a
        radiologist's report names no secondary cause and a reader saw no vessel at the nerve.
        ``secondary_report_day`` is the day of the newest radiologist's report that gives an
        answer. A vessel at the nerve is common on healthy sides: a measured one is ``suggested``
        at most, and those figures stand beside it.

    Examples
    --------
    >>> from datetime import date
    >>> from hemispasm.model.case import Case
    >>> view = view_causes(Chart(case=Case(id="P-1"), as_of=date(2026, 3, 2)), ())
    >>> {cause.status for cause in view.causes}, view.secondary_report_day
    ({'not_looked'}, None)
    """
    side = view_side(chart).side
    scene = Scene(chart=chart, side=side, gates=gates, facts=FACTS)
    report = _report(chart)
    against = None if report is None else _seen_against(chart, report)
    # A conclusion that a reading of the same day or later contradicts excludes nothing.
    covers = report if against is None else None
    causes = [_vessel(chart, side), *(_cause(rule, scene, covers) for rule in load_cause_rules())]
    if _none_found(causes, report):
        causes.append(_nothing(causes, report))
    return CauseView(
        causes=tuple(causes),
        secondary_report_day=None if report is None else report.day,
        secondary_report=None if report is None else _conclusion(report, against),
    )


def contradicted_report(chart: Chart) -> Doubt | None:
    """Return the doubt about a radiologist's conclusion that another reading contradicts."""
    report = _report(chart)
    seen = None if report is None else _seen_against(chart, report)
    if report is None or seen is None:
        return None
    label = lookup_code(seen.finding.code).label
    return Doubt(
        day=seen.day,
        words=f"a radiologist's report names no secondary cause, yet a reading says: {label}, seen",
    )


def _seen_against(chart: Chart, report: Observation) -> Observation | None:
    """Return a lesion seen on the report's day or later, where the report names none."""
    if report.finding.value != "no_secondary_cause":
        return None
    found = [
        seen
        for code in LESIONS
        for seen in chart.every(code)
        if seen.finding.value == "seen" and seen.day >= report.day
    ]
    return max(found, key=lambda seen: seen.day, default=None)


def _conclusion(report: Observation, against: Observation | None) -> str:
    """Return what may be said of a report: one that is contradicted could not tell."""
    return str(report.finding.value) if against is None else "not_assessable"


def _report(chart: Chart) -> Observation | None:
    """Return the newest radiologist's report on file; what a patient tells of one is none."""
    reports = [o for o in chart.every(REPORT) if o.finding.origin is Origin.REPORTED]
    return max(reports, key=lambda seen: seen.day, default=None)


def _cause(rule: CauseRule, scene: Scene, report: Observation | None) -> PossibleCause:
    reported = unique(b for part in rule.reported for b in show(part, scene))
    pointing = [b for part in rule.suggested for b in show(part, scene)]
    pointing += [b for gate in scene.gates if gate.code in rule.gates for b in gate.because]
    clear, unclear = _looked_for(rule, scene, report)
    status: Status = "not_looked"
    because = unique(pointing)
    if reported:
        status, because = "reported", unique((*reported, *pointing))
    elif any(show(part, scene) for part in rule.suggested):
        status, because = "suggested", unique((*pointing, *clear))
    elif clear:
        status, because = "not_seen", unique((*clear, *pointing))
    elif pointing:
        status, because = "suggested", unique((*pointing, *unclear))
    elif unclear:
        status, because = "not_assessable", unclear
    return PossibleCause(
        name=rule.name, status=status, because=because, basis=Basis(evidence=rule.evidence)
    )


def _looked_for(
    rule: CauseRule, scene: Scene, report: Observation | None
) -> tuple[Reasons, Reasons]:
    """Return what says that it was looked for and not seen, and what says that nobody could tell.

    Every code of the rule must have been looked for on the side of the spasm, on both sides while
    the side is not known; or a radiologist's report names no secondary cause.
    """
    found = [_absences(code, scene) for code in rule.not_seen]
    clear = [b for each in found for b in each] if found and all(found) else []
    unclear = [
        Because.of(seen)
        for code in rule.not_seen
        for side in (None, *Side)
        if (seen := scene.chart.latest(code, side)) and seen.finding.value == "not_assessable"
    ]
    if rule.report_covers and report is not None:
        if report.finding.value == "no_secondary_cause":
            clear.append(Because.of(report))
        elif report.finding.value == "not_assessable":
            unclear.append(Because.of(report))
    return unique(clear), unique(unclear)


def _absences(code: str, scene: Scene) -> Reasons:
    by_side = {
        side: seen
        for side in (None, *Side)
        if (seen := scene.chart.latest(code, side)) is not None
        and seen.finding.value in _NOT_SEEN
        and seen.finding.origin is not Origin.MEASURED
    }
    if not lookup_code(code).sided or Side.BOTH in by_side:
        return tuple(Because.of(seen) for seen in by_side.values())
    wanted = (Side.LEFT, Side.RIGHT) if scene.side in (None, Side.BOTH) else (scene.side,)
    if not all(side in by_side for side in wanted):
        return ()
    return tuple(Because.of(by_side[side]) for side in wanted if side is not None)


def _vessel(chart: Chart, side: Side | None) -> PossibleCause:
    table = read_table("causes")["vessel"]
    seen = _newest_with(chart, table["seen"])
    here = [o for o in seen if side is not None and same_side(o.finding.side, side)]
    moved = [o for o in decompressions(chart) if o.vessels]
    named = [operation_reason(o) for o in moved if side is not None and same_side(o.side, side)]
    absent = [o for o in _newest_with(chart, table["not_seen"]) if _fits(o, side)]
    unclear = [o for o in _newest_with(chart, table["unclear"]) if _fits(o, side)]
    status: Status = "not_looked"
    because: list[Because] = [Because.of(o) for o in absent]
    if named or any(o.finding.origin is Origin.REPORTED for o in here):
        status, because = "reported", [*named, *map(Because.of, here), *because]
    elif here:
        status, because = "suggested", [*map(Because.of, here), *because]
    elif any(o.finding.origin is not Origin.MEASURED for o in absent):
        status = "not_seen"
    elif unclear or (side is None and (seen or moved)):
        # Contact on one side tells nothing while nobody knows on which side the spasm is.
        status, because = "not_assessable", [*map(Because.of, unclear), *because]
    if side is None:
        because += [*map(Because.of, seen), *map(operation_reason, moved)]
    return PossibleCause(
        name="vessel",
        status=status,
        because=unique(because),
        basis=Basis(evidence=tuple(table["evidence"])),
    )


def _fits(seen: Observation, side: Side | None) -> bool:
    """Return whether an absence is on the side of the spasm; it must be known to be."""
    return side is not None and side is not Side.BOTH and seen.finding.side in (side, Side.BOTH)


def _newest_with(chart: Chart, wanted: dict[str, list[str]]) -> list[Observation]:
    found = []
    for code, values in wanted.items():
        for side in Side:
            days = [o.day for o in chart.every(code, side)]
            newest = [o for o in chart.every(code, side) if o.day == max(days)]
            found += [o for o in newest if o.finding.value in values]
    return found


def _none_found(causes: Sequence[PossibleCause], report: Observation | None) -> bool:
    said = report is not None and report.finding.value == "no_secondary_cause"
    named = any(cause.status in ("reported", "suggested") for cause in causes)
    return said and not named and causes[0].status == "not_seen"


def _nothing(causes: Sequence[PossibleCause], report: Observation | None) -> PossibleCause:
    because = causes[0].because if report is None else (Because.of(report), *causes[0].because)
    return PossibleCause(
        name="none_found", status="reported", because=because, basis=Basis(expert_rule=True)
    )
