"""From a chart to a plan, step by step, gates first. A newcomer to reasoning starts here."""

from __future__ import annotations

from hemispasm.model.chart import Chart, Doubt
from hemispasm.model.plan import Differential, Gate, Plan, SideView
from hemispasm.model.treatment import Centre
from hemispasm.reason.causes import contradicted_report, view_causes
from hemispasm.reason.differential import rank_differential
from hemispasm.reason.follow_up import plan_follow_up
from hemispasm.reason.gates import fire_gates
from hemispasm.reason.imaging_doubts import imaging_doubts
from hemispasm.reason.missing import list_missing
from hemispasm.reason.mvd import view_mvd
from hemispasm.reason.options import build_options
from hemispasm.reason.refusals import refuse_outputs
from hemispasm.reason.severity import view_severity
from hemispasm.reason.sides import view_side
from hemispasm.reason.toxin import view_toxin
from hemispasm.reason.work_up import suggest_work_up

SEED = 0
"""Of the draws behind the bands of the differential: the same chart gives the same plan."""

#: Gates whose disease may explain everything else that was found: nothing leads before they are
#: settled. Expert rule.
QUESTION_DIAGNOSIS = frozenset(
    {
        "stroke",
        "raised_pressure",
        "meningitis",
        "seizure_generalised",
        "focal_seizure",
        "faciobrachial_seizure",
        "other_neurological_signs",
    }
)


def make_plan(chart: Chart, centre: Centre | None = None) -> Plan:
    """Return everything that follows from a chart.

    Parameters
    ----------
    chart : Chart
        What is known; findings alone, never a recording.
    centre : Centre, optional
        A clinic's own audit, which then replaces the published default.

    Returns
    -------
    Plan
        Gates, side, refusals, differential, causes, work-up, severity, options, course,
        follow-up, and what is missing.

    Examples
    --------
    >>> from datetime import date
    >>> from hemispasm.model import Case, Finding, Observation
    >>> told = Finding(code="history.sudden_deficit", value="present", quality="measurable",
    ...                method="exam/1", origin="told")
    >>> chart = Chart(case=Case(id="P-1"), as_of=date(2026, 3, 2),
    ...               observations=(Observation(day=date(2026, 3, 2), finding=told),))
    >>> make_plan(chart).gates[0].code
    'stroke'
    """
    gates = fire_gates(chart)
    side = view_side(chart)
    refusals = refuse_outputs(chart, gates)
    withheld = frozenset(output for refusal in refusals for output in refusal.outputs)
    differential = _differential(chart, side, withheld, gates)
    toxin = view_toxin(chart, withheld=withheld)
    mvd = view_mvd(chart, side=side.side, refusals=refusals, centre=centre)
    options = build_options(
        chart,
        side=side.side,
        gates=gates,
        refusals=refusals,
        differential=differential,
        centre=centre,
        toxin=toxin,
    )
    return Plan(
        case=chart.case.id,
        as_of=chart.as_of,
        clinic_type=chart.case.clinic_type,
        gates=gates,
        side=side,
        refusals=refusals,
        differential=differential,
        causes=view_causes(chart, gates),
        work_up=suggest_work_up(chart, differential, gates),
        severity=view_severity(chart, side.side),
        options=options,
        toxin=toxin,
        mvd=mvd,
        follow_up=plan_follow_up(
            chart, side=side.side, gates=gates, options=options, mvd=mvd, toxin=toxin
        ),
        missing=list_missing(chart),
        doubts=_doubts(chart),
        simulated=_is_simulated(chart),
    )


def _differential(
    chart: Chart, side: SideView, withheld: frozenset[str], gates: tuple[Gate, ...]
) -> Differential | None:
    if "differential" in withheld:
        return None
    ranked = rank_differential(chart, side=side.side, seed=SEED)
    if QUESTION_DIAGNOSIS & {gate.code for gate in gates}:
        return ranked.model_copy(update={"leading": None, "no_lead": "gate_first"})
    return ranked


def _doubts(chart: Chart) -> tuple[Doubt, ...]:
    report = contradicted_report(chart)
    known = chart.doubts if report is None else (*chart.doubts, report)
    return (*known, *imaging_doubts(chart))


def _is_simulated(chart: Chart) -> bool:
    recordings = (seen.finding.recording for seen in chart.observations)
    return chart.case.simulated or any(r is not None and r.simulated for r in recordings)
